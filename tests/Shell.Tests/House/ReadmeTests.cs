using System.Text.RegularExpressions;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.House;

/// <summary>The example names files of the current folder, which is one for the whole process.</summary>
[CollectionDefinition(nameof(CurrentFolder), DisableParallelization = true)]
public sealed class CurrentFolder;

/// <summary>What the README says is what happens.</summary>
[Collection(nameof(CurrentFolder))]
public sealed class ReadmeTests
{
    private static readonly string Root = Shared.Repository;

    private static readonly string Text = File.ReadAllText(Path.Combine(Root, "README.md"));

    [Fact]
    public void The_C_sharp_example_is_the_one_that_is_compiled_here()
    {
        var example = Lines(Regex.Match(Text, "```csharp\n(.*?)```", RegexOptions.Singleline).Groups[1].Value);
        var compiled = Lines(File.ReadAllText(Path.Combine(Root, "tests/Shell.Tests/House/ReadmeExample.cs")));
        Assert.NotEmpty(example);
        Assert.Contains(string.Join("\n", example), string.Join("\n", compiled), StringComparison.Ordinal);
    }

    [Fact]
    public void The_F_sharp_example_is_part_of_a_sample_that_runs()
    {
        var example = Lines(Regex.Match(Text, "```fsharp\n(.*?)```", RegexOptions.Singleline).Groups[1].Value);
        var sample = Lines(File.ReadAllText(Path.Combine(Root, "samples/plan-trace-run-check.fsx")));
        Assert.NotEmpty(example);
        Assert.Contains(string.Join("\n", example), string.Join("\n", sample), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_C_sharp_example_runs()
    {
        var folder = Directory.CreateTempSubdirectory("readme").FullName;
        var before = Environment.CurrentDirectory;
        try
        {
            foreach (var file in new[] { "fashion.onnx", "fashion.calibration.npz", "fashion.test.npz" })
                File.Copy(Path.Combine(Root, "samples", "fashion", file), Path.Combine(folder, file));
            Environment.CurrentDirectory = folder;
            await ReadmeExample.RunAsync();
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_sample_quantizes_as_the_README_says()
    {
        var folder = Directory.CreateTempSubdirectory("readme").FullName;
        try
        {
            var sample = Path.Combine(Root, "samples", "fashion");
            var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
            {
                Model = Path.Combine(sample, "fashion.onnx"),
                Calibration = Path.Combine(sample, "fashion.calibration.npz"),
                OutputPath = Path.Combine(folder, "fashion.int8.onnx"),
            });
            Assert.Empty(report.LeftInFloat);
            Assert.Empty(report.Warnings);
            Assert.DoesNotContain(report.Operators, o => o.Kind == OperatorKind.Float);

            var quality = await ModelComparer.CompareAsync(
                Path.Combine(sample, "fashion.onnx"), report.QuantizedModel, Path.Combine(sample, "fashion.test.npz"));
            Assert.Equal(0.943, quality.FloatTop1);
            Assert.InRange(quality.QuantizedTop1!.Value, 0.94, 0.95);
            Assert.InRange(quality.Outputs[0].SqnrDb, 34, 40);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Each_command_is_one_line_that_needs_nothing_before_it()
    {
        var commands = Regex.Matches(Text, "```sh\n(.*?)```", RegexOptions.Singleline)
            .Select(block => block.Groups[1].Value.Trim())
            .ToList();
        Assert.Equal(3, commands.Count);
        Assert.StartsWith("dotnet run ", commands[0], StringComparison.Ordinal);
        Assert.DoesNotContain("\n", commands[0], StringComparison.Ordinal);
        Assert.StartsWith("dotnet pack ", commands[1], StringComparison.Ordinal);
        Assert.Equal(3, commands[1].Split('\n').Length);
        Assert.Equal("dotnet test QuantFunctional.sln -c Release", commands[2]);
    }

    private static List<string> Lines(string text) =>
        [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
}
