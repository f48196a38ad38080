using System.Text.Json;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn vectors` writes a folder that a test bench can use as it is.</summary>
public sealed class VectorsTests
{
    [Fact]
    public async Task A_layer_becomes_a_folder_of_files_with_a_manifest()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "fc1");
        var output = folder.File("vectors");

        var text = (await Quantfn.RunAsync("vectors", plan, "-o", output, "--count", "3", "--format", "hex")).Done();
        var json = (await Quantfn.RunAsync("vectors", plan, "-o", output, "--force", "--seed", "5", "--json")).Json();

        Assert.Matches(@"^Layer +fc1\nVectors +31, seed 1\nWorst cases +24 of 24 reach the end", text.ReplaceLineEndings("\n"));
        Assert.Matches(@"\n  inputs\.hex +8 +31x16\n", text);
        Assert.Equal("quantfunctional-vectors", json.GetProperty("format").GetString());
        Assert.Equal(5, json.GetProperty("seed").GetInt64());
        Assert.Equal(4 + 24 + 16, json.GetProperty("vectors").GetArrayLength());
        var written = JsonDocument.Parse(await File.ReadAllTextAsync(folder.File("vectors", "manifest.json"))).RootElement;
        Assert.True(JsonElement.DeepEquals(json, written));
        Assert.True(File.Exists(folder.File("vectors", "inputs.npy")));
        Assert.False(File.Exists(folder.File("vectors", "inputs.hex")));
    }

    [Theory]
    [InlineData("--layer conv9", "'conv9'", "nearest of its 2 layers: conv1")]
    [InlineData("--input-shape 3,3 --layer conv1", "0 axes")]
    [InlineData("--input-shape a --layer conv1", "--input-shape", "whole numbers")]
    [InlineData("--count -1 --layer conv1", "--count", "below 0")]
    [InlineData("--count 2000000000 --layer conv1", "ask for fewer")]
    [InlineData("--count many --layer conv1", "--count")]
    [InlineData("--format vhdl --layer conv1", "--format", "npy, hex")]
    [InlineData("", "it has 2 layers", "--layer")]
    public async Task What_cannot_be_made_is_refused_and_nothing_is_written(string options, params string[] words)
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1", "fc1");
        string[] more = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        (await Quantfn.RunAsync(["vectors", plan, "-o", folder.File("vectors"), .. more])).IsBadInput(words);

        Assert.Equal([plan], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Places_that_hold_other_things_are_refused()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1");

        (await Quantfn.RunAsync("vectors", plan, "-o", plan)).IsBadInput("is a file");
        (await Quantfn.RunAsync("vectors", plan, "-o", folder.File("no", "vectors"))).IsBadInput("does not exist");
        (await Quantfn.RunAsync("vectors", plan, "-o", folder.Path, "--force")).IsBadInput("no vectors");
        (await Quantfn.RunAsync("vectors", "model.onnx", "-o", folder.File("v"))).IsBadInput("quantfn quantize --plan");
    }
}
