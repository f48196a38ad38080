using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Shell.Tests.Support;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using Xunit;

namespace Shell.Tests.House;

/// <summary>What the tutorial and the guides show is what happens.</summary>
[Collection(nameof(CurrentFolder))]
public sealed class DocumentationTests
{
    private const string LeftOut = "…";

    private static readonly string Docs = Path.Combine(Shared.Repository, "docs");

    public static TheoryData<string> PagesWithCommands =>
        [.. Pages.Where(page => Blocks(page, "console").Any()).Select(page => Path.GetRelativePath(Docs, page))];

    private static IEnumerable<string> Pages => Directory
        .EnumerateFiles(Docs, "*.md", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal);

    /// <summary>
    /// Each `$ quantfn …` of a page, one after the other in one folder; `…` stands for any lines. Not run is `--processors`,
    /// which takes minutes for the thousand images; ProcessorsTests looks at fewer. Neither is `--tokens`, whose figures are those of
    /// one processor, nor what reads the decoder beside the repository where there is none.
    /// </summary>
    [Theory]
    [MemberData(nameof(PagesWithCommands))]
    public async Task Each_command_of_a_page_prints_what_the_page_shows(string page)
    {
        using var folder = new TemporaryFolder();
        Furnish(folder, Path.Combine(Docs, page));
        foreach (var block in Blocks(Path.Combine(Docs, page), "console"))
        {
            foreach (var run in Regex.Split(block, @"^\$ ", RegexOptions.Multiline).Where(run => run.Length > 0))
            {
                var shown = run.TrimEnd('\n').Split('\n');
                var words = shown[0].Split(' ');
                Assert.Equal("quantfn", words[0]);
                if (words.Contains("--processors") || words.Contains("--tokens") || (words.Contains("decoder") && Shared.SkipReason is not null))
                    continue;
                var outcome = await Quantfn.RunInAsync(folder.Path, words[1..]);
                ShowsInOrder(shown, OnTerminal(outcome));
            }
        }
    }

    [Fact]
    public void Each_C_sharp_example_is_compiled_here()
    {
        var compiled = Joined(File.ReadAllText(Path.Combine(Shared.Repository, "tests/Shell.Tests/House/DocumentedExamples.cs")));
        var examples = Pages.SelectMany(page => Blocks(page, "csharp")).ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(
            Joined(Regex.Replace(example, "^using .*;\n", "", RegexOptions.Multiline)), compiled, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_F_sharp_example_is_part_of_a_sample_that_runs()
    {
        var samples = Directory.GetFiles(Path.Combine(Shared.Repository, "samples"), "*.fsx")
            .Select(file => Joined(File.ReadAllText(file))).ToList();
        var examples = Pages.SelectMany(page => Blocks(page, "fsharp")).ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
            Assert.Contains(samples, sample => sample.Contains(Joined(example), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_C_sharp_examples_run()
    {
        using var folder = new TemporaryFolder();
        CopySample(folder.Path);
        var (before, console) = (Environment.CurrentDirectory, Console.Out);
        using var printed = new StringWriter();
        try
        {
            Environment.CurrentDirectory = folder.Path;
            Console.SetOut(printed);
            await DocumentedExamples.TutorialAsync();
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = before;
        }

        Assert.StartsWith("94.4 % right, 36.5 dB", printed.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("proven: True", printed.ToString().TrimEnd(), StringComparison.Ordinal);

        var pixels = Npy.ReadAll<float>(folder.File("fashion.calibration.npz"), "input");
        await using var upload = File.OpenRead(folder.File("fashion.onnx"));
        using var download = new MemoryStream();
        await DocumentedExamples.ShrinkAsync(
            upload, download, pixels.Chunk(28 * 28).Take(64), NullLogger.Instance, CancellationToken.None);
        Assert.NotEqual(0, download.Length);
    }

    // warnings come while work is done, errors when it is
    private static string[] OnTerminal(Outcome outcome)
    {
        var messages = outcome.Error.Split('\n').ToLookup(line => line.StartsWith("quantfn: warning", StringComparison.Ordinal));
        return [.. messages[true], .. outcome.Out.Split('\n'), .. messages[false]];
    }

    private static void ShowsInOrder(string[] shown, string[] printed)
    {
        var next = 0;
        foreach (var (line, after) in shown[1..].Zip(shown))
        {
            if (line == LeftOut || line.Length == 0)
                continue;
            var at = Array.FindIndex(printed, next, other => other.TrimEnd() == line);
            Assert.True(at >= 0, $"{shown[0]}\ndoes not print, after what stands before it:\n{line}\nbut:\n{string.Join('\n', printed[next..])}");
            Assert.True(
                after == LeftOut || printed[next..at].All(string.IsNullOrWhiteSpace),
                $"{shown[0]}\nprints more before:\n{line}\nnamely:\n{string.Join('\n', printed[next..at])}");
            next = at + 1;
        }

        Assert.True(shown[^1] == LeftOut || printed[next..].All(string.IsNullOrWhiteSpace), $"{shown[0]}\nprints more after:\n{shown[^1]}");
    }

    private static void Furnish(TemporaryFolder folder, string page)
    {
        CopySample(Directory.CreateDirectory(folder.File("samples", "fashion")).FullName);
        File.Copy(Quantfn.Sample("fashion.onnx"), folder.File("model.onnx"));
        File.Copy(Quantfn.Sample("fashion.calibration.npz"), folder.File("calibration.npz"));
        File.Copy(Quantfn.Sample("fashion.test.npz"), folder.File("test.npz"));
        var pixels = Npy.ReadAll<float>(Quantfn.Sample("fashion.calibration.npz"), "input");
        Npy.Archive(folder.File("scaled.npz"), ("input", Npy.Of<float>([.. pixels.Select(pixel => pixel / 255)], pixels.Length / 784, 1, 28, 28)));
        Directory.CreateDirectory(folder.File("photos"));
        foreach (var (image, i) in pixels.Chunk(784).Take(64).Select((image, i) => (image, i)))
        {
            using var photo = Image.LoadPixelData<L8>(Array.ConvertAll(image, pixel => (byte)pixel), 28, 28);
            photo.Save(folder.File("photos", FormattableString.Invariant($"{i:D2}.png")));
        }

        if (Shared.SkipReason is null && Path.GetFileName(page) == "decoders.md")
        {
            Directory.CreateDirectory(folder.File("decoder"));
            foreach (var file in new[] { "genai_config.json", "model.onnx" })
                File.Copy(Shared.Model($"decoder/contrib/{file}"), folder.File("decoder", file));
        }

        folder.Write("w.npy", Npy.Of<float>([0.5f, -1, 0.25f, 0.75f, 1e-5f, 2e-5f, -3e-5f, 1e-5f], 2, 1, 2, 2));
        folder.Write("b.npy", Npy.Of<float>([0.1f, 60], 2));
        foreach (var options in Blocks(page, "json"))
            File.WriteAllText(folder.File("quantfn.json"), options);
    }

    private static void CopySample(string folder)
    {
        foreach (var file in new[] { "fashion.onnx", "fashion.calibration.npz", "fashion.test.npz" })
            File.Copy(Quantfn.Sample(file), Path.Combine(folder, file));
    }

    private static IEnumerable<string> Blocks(string page, string language) => Regex
        .Matches(File.ReadAllText(page), $"^```{language}\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)
        .Select(block => block.Groups[1].Value);

    private static string Joined(string code) =>
        string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));
}
