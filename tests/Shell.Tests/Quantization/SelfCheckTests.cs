using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>What `quantize` says of its own result, and what it refuses to write.</summary>
public sealed class SelfCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>One output of unlike things: three logits of which the first is a thousand times as large.</summary>
    private static ModelBuilder UnlikeParts(float first = 1000) => new ModelBuilder()
        .Input("x", 1, 4)
        .Floats("w", [3, 4], [first, -first / 2, first / 4, first, 0.5f, -0.25f, 1, 0.75f, -1, 0.5f, 0.25f, 0.125f])
        .Node("Gemm", ["x", "w"], "y", node => node.SetInt("transB", 1))
        .Output("y", 1, 3);

    [Theory]
    [InlineData(10, false)]
    [InlineData(0.002f, true)]
    public void Classes_are_judged_by_how_many_are_equal(float apart, bool isWarned)
    {
        // the second class is as far from the first as says the parameter, and the third is large, so that steps are
        var model = new ModelBuilder().Input("x", 1, 4)
            .Floats("w", [3, 4], [1, 0.5f, -1, 0.25f, 1 - apart, 0.5f + (isWarned ? apart : -apart), -1, 0.25f, 100, -80, 60, 90])
            .Node("Gemm", ["x", "w"], "g", node => node.SetInt("transB", 1)).Longs("two", 0, 1)
            .Node("Gather", ["g", "two"], "h", "axis=1").Node("ArgMax", ["h"], "y", "axis=1")
            .Output("y", QuantFunctional.Onnx.Format.TensorProto.Types.DataType.Int64, 1, 1).Node("Identity", ["g"], "z").Output("z", 1, 3);

        var report = Quantized.Of(model, low: 0.5f, high: 1).Report;

        var classes = report.Check!.Outputs.Single(output => output.Name == "y");
        Assert.True(classes.AreWholeNumbers);
        Assert.Equal(isWarned, classes.Equal < 0.9);
        Assert.Equal(isWarned, report.Warnings.Any(warning => warning.Node == "y" && warning.Code == "QF0920"));
        Assert.DoesNotContain(report.Warnings, warning => warning.Node == "y" && warning.Code == "QF0911");
    }

    [Fact]
    public void A_part_that_is_mostly_rounding_is_warned_of_although_the_whole_is_not()
    {
        var report = Quantized.Of(UnlikeParts()).Report;

        var output = Assert.Single(report.Check!.Outputs);
        Assert.True(output.SqnrDb > 30);
        Assert.Equal(1, output.Parts!.Axis);
        Assert.Equal([0, 1, 2], output.Parts.WorstFirst.Select(part => part.Index).Order());
        Assert.Equal(0, output.Parts.WorstFirst[^1].Index);
        Assert.All(output.Parts.WorstFirst.SkipLast(1), part => Assert.True(part.SqnrDb < 10));
        var warning = Assert.Single(report.Warnings).Message;
        Assert.Contains($"output `y` is mostly rounding: 2 of 3 indices of axis 1, index {output.Parts.WorstFirst[0].Index} the most",
            warning, StringComparison.Ordinal);
        Assert.Contains("--exclude", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_of_like_parts_is_not_warned_of()
    {
        var report = Quantized.Of(UnlikeParts(first: 1)).Report;

        Assert.Empty(report.Warnings);
        Assert.All(report.Check!.Outputs[0].Parts!.WorstFirst, part => Assert.InRange(part.SqnrDb, 25, 80));
    }

    [Fact]
    public async Task It_agrees_with_a_comparison_on_the_same_samples_to_the_last_digit()
    {
        var original = UnlikeParts().Build();
        var samples = Samples.Random(original, 16, -1, 1);
        var model = _folder.Write("model.onnx", original.ToBytes());
        var data = samples.Write(_folder.File("samples.npz"));
        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest { Model = model, Calibration = data });

        var compared = await ModelComparer.CompareAsync(model, report.QuantizedModel, data);

        Assert.Equal(16, report.Check!.Samples);
        Assert.Equal(compared.Agreement, report.Check.Agreement);
        Assert.Equal(Digits(compared), Digits(report.Check));

        static string Digits(ComparisonReport report) => System.Text.Json.JsonSerializer.Serialize(report.Outputs);
    }

    [Fact]
    public async Task Nothing_is_written_where_the_result_is_not_what_is_required()
    {
        var original = UnlikeParts().Build();
        var request = new QuantizeRequest
        {
            Model = _folder.Write("model.onnx", original.ToBytes()),
            Calibration = Samples.Random(original, 6, -1, 1).Write(_folder.File("samples.npz")),
            PlanPath = _folder.File("plan.json"),
            RequiredSqnrDb = 99,
        };
        var before = Directory.GetFileSystemEntries(_folder.Path).Order().ToList();

        var fault = await Assert.ThrowsAsync<QuantException>(() => OnnxQuantizer.QuantizeAsync(request));

        Assert.Equal(FaultKind.Failed, fault.Kind);
        Assert.Contains("output `y` is at", fault.Message, StringComparison.Ordinal);
        Assert.Contains("below the required 99.0 dB", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path).Order());

        var met = await OnnxQuantizer.QuantizeAsync(request with { RequiredSqnrDb = 30, RequiredAgreement = 0.5 });
        Assert.True(File.Exists(met.OutputPath));
    }

    [Theory]
    [InlineData(false, 20.0, null, "--no-check")]
    [InlineData(false, null, 0.5, "--no-check")]
    [InlineData(true, double.NaN, null, "--require-sqnr")]
    [InlineData(true, null, double.NaN, "--require-agreement")]
    [InlineData(true, null, 98.0, "0 to 1")]
    public void What_no_check_can_tell_is_not_required_in_silence(bool check, double? sqnr, double? agreement, string named)
    {
        var fault = Assert.Throws<QuantException>(() => Quantized.Of(
            UnlikeParts(), r => r with { Check = check, RequiredSqnrDb = sqnr, RequiredAgreement = agreement }));

        Assert.Equal(FaultKind.BadInput, fault.Kind);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_never_changes_must_meet_what_is_required_too()
    {
        var samples = new Samples([Samples.Random(UnlikeParts().Build(), 1, -1, 1).Items[0]]);
        var model = UnlikeParts().Build();
        model.Graph.Node[0].Output[0] = "all";
        model.Graph.Node.Add(new QuantFunctional.Onnx.Format.NodeProto { OpType = "ReduceMax", Name = "max", Input = { "all" }, Output = { "y" } });
        model.Graph.Output[0].Type.TensorType.Shape.Dim[1].DimValue = 1;

        var fault = Assert.Throws<QuantException>(() => Quantized.Of(model, samples, r => r with { RequiredSqnrDb = 300 }));

        Assert.Contains("below the required 300.0 dB", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_check_nothing_is_said()
    {
        var report = Quantized.Of(UnlikeParts(), r => r with { Check = false }).Report;

        Assert.Null(report.Check);
        Assert.Empty(report.Warnings);
    }

    [Theory]
    [InlineData(1, true, 1)]
    [InlineData(16, true, 16)]
    [InlineData(17, true, 16)]
    [InlineData(100, true, 16)]
    [InlineData(150, true, 25)]
    [InlineData(500, true, 32)]
    [InlineData(8, false, 8)]
    [InlineData(16, false, 8)]
    [InlineData(100, false, 8)]
    [InlineData(150, false, 12)]
    [InlineData(500, false, 32)]
    public void The_samples_are_spread_by_their_index(int all, bool oneValueEach, int expected)
    {
        var original = UnlikeParts().Build();
        var data = Samples.Random(original, all, -1, 1).Write(_folder.File("samples.npz"), fewest: 1);
        using var source = QuantFunctional.Onnx.Samples.SampleSource.Open(data, original);

        var read = new List<long>();
        while (QuantFunctional.Onnx.Samples.SpreadSamples.MoveNextSpread(source, QuantFunctional.Onnx.Samples.SpreadSamples.Count(all, oneValueEach)))
            read.Add(source.Position - 1);

        Assert.Equal(Enumerable.Range(0, expected).Select(k => (long)k * all / expected), read);
    }

    [Fact]
    public async Task The_command_line_requires_and_leaves_out()
    {
        var output = _folder.File("out.onnx");
        var refused = await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", output, "--require-sqnr", "80"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("below the required 80.0 dB", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));

        (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", output, "--no-check", "--require-sqnr", "20"))).IsBadInput("--no-check");
        (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", output, "--require-agreement", "98"))).IsBadInput("--require-agreement", "0 to 1");

        var json = (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", output, "--json", "--require-agreement", "0.9"))).Json();
        Assert.InRange(json.GetProperty("check").GetProperty("outputs")[0].GetProperty("sqnrDb").GetDouble(), 30, 45);
        Assert.Empty(json.GetProperty("warnings").EnumerateArray());
    }
}
