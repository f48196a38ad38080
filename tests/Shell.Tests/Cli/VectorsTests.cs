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

    [Fact]
    public async Task Each_layer_of_a_plan_becomes_a_folder_of_its_own()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1", "block/a:0", "block/a_0", "..");
        var output = folder.File("vectors");
        string[] names = ["000_conv1", "001_block_a_0", "002_block_a_0", "003___"];

        var text = (await Quantfn.RunAsync("vectors", plan, "-o", output, "--count", "2", "--format", "hex")).Done();
        var json = (await Quantfn.RunAsync("vectors", plan, "-o", output, "--count", "3", "--force", "--json")).Json();

        Assert.Equal(names, Directory.EnumerateFileSystemEntries(output).Select(Path.GetFileName).Order());
        Assert.Contains("Layer        block/a:0\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains($"Folders      4 layers, in {output}", text, StringComparison.Ordinal);
        Assert.Equal(output, json.GetProperty("written").GetString());
        var layers = json.GetProperty("layers").EnumerateArray().ToList();
        Assert.Equal(names, layers.Select(layer => layer.GetProperty("folder").GetString()));
        foreach (var layer in layers)
        {
            var own = Path.Combine(output, layer.GetProperty("folder").GetString()!);
            var written = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(own, "manifest.json"))).RootElement;
            Assert.True(JsonElement.DeepEquals(layer.GetProperty("manifest"), written));
            Assert.True(File.Exists(Path.Combine(own, "inputs.npy")));
            Assert.False(File.Exists(Path.Combine(own, "inputs.hex")));
        }

        // a folder of its own holds what the layer alone gives
        (await Quantfn.RunAsync("vectors", plan, "-o", folder.File("one"), "--layer", "conv1", "--count", "3")).Done();
        foreach (var file in Directory.EnumerateFiles(folder.File("one")))
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(file),
                await File.ReadAllBytesAsync(Path.Combine(output, names[0], Path.GetFileName(file))));
        }
    }

    [Fact]
    public async Task Folders_of_layers_with_other_things_in_them_are_left_as_they_are()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1", "fc1");
        var output = folder.File("vectors");
        (await Quantfn.RunAsync("vectors", plan, "-o", output, "--count", "0")).Done();

        (await Quantfn.RunAsync("vectors", plan, "-o", output)).IsBadInput("--force");
        await File.WriteAllTextAsync(Path.Combine(output, "000_conv1", "notes.txt"), "mine");
        (await Quantfn.RunAsync("vectors", plan, "-o", output, "--force")).IsBadInput("000_conv1", "notes.txt");
        File.Move(Path.Combine(output, "000_conv1", "notes.txt"), Path.Combine(output, "notes.txt"));
        (await Quantfn.RunAsync("vectors", plan, "-o", output, "--force")).IsBadInput("holds notes.txt, which is no vectors");
        File.Delete(Path.Combine(output, "notes.txt"));
        Directory.Move(Path.Combine(output, "001_fc1"), Path.Combine(output, "mine"));
        (await Quantfn.RunAsync("vectors", plan, "-o", output, "--force")).IsBadInput("holds mine, which is no vectors");
        Directory.Move(Path.Combine(output, "mine"), Path.Combine(output, "001_fc1"));

        (await Quantfn.RunAsync("vectors", plan, "-o", output, "--force", "--layer", "fc1")).Done();
        Assert.True(File.Exists(Path.Combine(output, "manifest.json")));
    }

    [Theory]
    [InlineData("--layer conv9", "'conv9'", "nearest of its 2 layers: conv1")]
    [InlineData("--input-shape 3,3 --layer conv1", "0 axes")]
    [InlineData("--input-shape a --layer conv1", "--input-shape", "whole numbers")]
    [InlineData("--count -1 --layer conv1", "--count", "below 0")]
    [InlineData("--count 2000000000 --layer conv1", "ask for fewer")]
    [InlineData("--count many --layer conv1", "--count")]
    [InlineData("--format vhdl --layer conv1", "--format", "npy, hex")]
    [InlineData("--input-shape 3,3", "--input-shape", "2 layers", "--layer")]
    [InlineData("--count 2000000000", "layer conv1: ", "ask for fewer")]
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
