using System.Diagnostics;
using System.Globalization;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>What surrounds a run changes nothing of what it prints and writes.</summary>
public sealed class EnvironmentTests
{
    [Fact]
    public async Task Another_culture_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = Quantfn.QuantizeSample(
            "-o", folder.File("out.onnx"), "--plan", folder.File("plan.json"), "--force",
            "--compare", Quantfn.Sample("fashion.test.npz"));
        var text = (await Quantfn.RunAsync(arguments)).Done();
        var files = Files(folder);

        foreach (var culture in new[] { "de_DE.UTF-8", "tr_TR.UTF-8" })
        {
            var there = await Quantfn.RunAsync(
                new Dictionary<string, string>
                {
                    ["LANG"] = culture,
                    ["LC_ALL"] = culture,
                    ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "0",
                },
                arguments);
            if (there.Error.Contains("ICU", StringComparison.Ordinal))
                return; // .NET knows no other culture on this machine
            Assert.Equal(text, there.Done());
            Assert.Equal(files, Files(folder));
        }
    }

    [Fact]
    public async Task A_request_to_end_stops_the_work_and_leaves_nothing_behind()
    {
        if (!OperatingSystem.IsLinux())
            return; // /proc tells when the work has begun
        using var folder = new TemporaryFolder();
        const int Samples = 50_000;
        var data = folder.Write("many.npy", Npy.Of(new byte[Samples * 28 * 28], Samples, 1, 28, 28));

        using var process = Quantfn.Start(
            new Dictionary<string, string>(),
            "quantize", Quantfn.Sample("fashion.onnx"), "--calibration", data, "-o", folder.File("out.onnx"));
        while (!process.HasExited && !HasOpen(process.Id, data))
            await Task.Delay(20);
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        var outcome = await Quantfn.Finish(process);

        Assert.Equal("quantfn: cancelled; nothing was written. [QF0002]\n", outcome.Error);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal([data], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static byte[][] Files(TemporaryFolder folder) =>
        [File.ReadAllBytes(folder.File("out.onnx")), File.ReadAllBytes(folder.File("plan.json"))];

    private static bool HasOpen(int process, string file)
    {
        try
        {
            var open = new DirectoryInfo($"/proc/{process}/fd").EnumerateFileSystemInfos();
            return open.Any(link => link.LinkTarget == file);
        }
        catch (IOException)
        {
            return false; // it has just ended
        }
    }
}
