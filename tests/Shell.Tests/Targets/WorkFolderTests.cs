using System.Diagnostics;
using System.Text.Json;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Targets;

/// <summary>A search goes on from what an earlier one left, and comes to the same bytes.</summary>
public sealed class WorkFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_search_that_is_killed_again_and_again_gives_the_bytes_of_one_that_is_not()
    {
        var whole = (await Quantfn.RunAsync(Line("whole.onnx", "--json"))).Json().GetProperty("target");
        Assert.Equal(0, whole.GetProperty("fromFiles").GetInt32());
        var evaluations = whole.GetProperty("evaluations").GetArrayLength();
        Assert.True(evaluations > 6, $"{evaluations} evaluations leave nothing to kill");

        for (var kill = 1; kill <= 4; kill++)
        {
            using var process = Quantfn.Start(new Dictionary<string, string>(), Line("killed.onnx"));
            await Killed(process, files: kill);
            Assert.False(File.Exists(_folder.File("killed.onnx")));
        }

        var last = (await Quantfn.RunAsync(Line("killed.onnx", "--json"))).Json().GetProperty("target");

        Assert.InRange(last.GetProperty("fromFiles").GetInt32(), 3, evaluations);
        Assert.Equal(whole.GetProperty("evaluations").GetRawText(), last.GetProperty("evaluations").GetRawText());
        Assert.Equal(await File.ReadAllBytesAsync(_folder.File("whole.onnx")), await File.ReadAllBytesAsync(_folder.File("killed.onnx")));
        Assert.Equal(Names("whole.onnx.work"), Names("killed.onnx.work"));
    }

    [Fact]
    public async Task What_is_damaged_or_of_something_else_is_measured_again()
    {
        var line = Line("first.onnx", "--json", "--work", _folder.File("work"));
        var first = (await Quantfn.RunAsync(line)).Json().GetProperty("target");
        var evaluations = first.GetProperty("evaluations").GetArrayLength();
        var files = Directory.EnumerateFiles(_folder.File("work")).Order(StringComparer.Ordinal)
            .Where(file => File.ReadAllText(file).Contains("\"measured\"", StringComparison.Ordinal)).ToArray();
        Assert.Equal(evaluations, files.Length);
        var before = files.ToDictionary(file => file, File.ReadAllText);
        // half a file, another one's, a better figure than was measured, and no JSON
        await File.WriteAllTextAsync(files[0], before[files[0]][..(before[files[0]].Length / 2)]);
        File.Copy(files[4], files[1], overwrite: true);
        await File.WriteAllTextAsync(files[2], Better(before[files[2]]));
        await File.WriteAllTextAsync(files[3], "no");

        var again = (await Quantfn.RunAsync(Line("again.onnx", "--json", "--work", _folder.File("work")))).Json().GetProperty("target");

        Assert.Equal(evaluations - 4, again.GetProperty("fromFiles").GetInt32());
        Assert.Equal(first.GetProperty("evaluations").GetRawText(), again.GetProperty("evaluations").GetRawText());
        Assert.Equal(await File.ReadAllBytesAsync(_folder.File("first.onnx")), await File.ReadAllBytesAsync(_folder.File("again.onnx")));
        Assert.Equal(before, files.ToDictionary(file => file, File.ReadAllText));
    }

    [Fact]
    public async Task Other_options_and_other_targets_do_not_share_what_differs()
    {
        using var network = new WideTensor();
        string[] Line(string output, string decibels, params string[] more) =>
        [
            "quantize", network.Model, "--calibration", network.Data, "-o", _folder.File(output), "--ranges", "minmax", "--no-check", "--json",
            "--target-sqnr", decibels, "--work", _folder.File("work"), .. more,
        ];
        Assert.True((await Target(Line("first.onnx", "30"))).GetProperty("evaluations").GetArrayLength() > 1);

        var perTensor = await Target(Line("other.onnx", "30", "--per-tensor"));
        Assert.Equal(0, perTensor.GetProperty("fromFiles").GetInt32());

        // the same networks measured alike, for a target that everything in integers meets
        var easier = await Target(Line("easy.onnx", "-20"));
        Assert.Equal((1, 1), (easier.GetProperty("fromFiles").GetInt32(), easier.GetProperty("evaluations").GetArrayLength()));
    }

    private static async Task<JsonElement> Target(string[] line) =>
        JsonDocument.Parse((await Quantfn.RunAsync(line)).Out).RootElement.GetProperty("target");

    private string[] Line(string output, params string[] more) =>
        Quantfn.QuantizeSample(["-o", _folder.File(output), "--target-sqnr", "42", "--preset", "fast", "--no-check", .. more]);

    private static string Better(string document)
    {
        var at = document.IndexOf("\"reached\": ", StringComparison.Ordinal);
        Assert.True(at > 0);
        return document.Insert(at + "\"reached\": ".Length, "9");
    }

    private IEnumerable<string?> Names(string folder) => Directory.EnumerateFiles(_folder.File(folder)).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    /// <summary>Kills a process when it has left so many files, or has ended.</summary>
    private async Task Killed(Process process, int files)
    {
        var clock = Stopwatch.StartNew();
        while (!process.HasExited && clock.Elapsed < TimeSpan.FromMinutes(2)
            && !(Directory.Exists(_folder.File("killed.onnx.work")) && Directory.GetFiles(_folder.File("killed.onnx.work"), "*.json").Length >= files))
            await Task.Delay(2);
        Assert.False(process.HasExited, "it ended before it was killed");
        process.Kill();
        await process.WaitForExitAsync();
    }
}
