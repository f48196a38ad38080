using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Codes;

/// <summary>The command line shows the code behind every message.</summary>
public sealed class CommandCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string[]> Lines { get; } = new()
    {
        { Diagnostics.WrongUsage.Code, ["quantize", "m.onnx", "--calibratio", "x.npz"] },
        { Diagnostics.OptionValueUnknown.Code, ["quantize", "m.onnx", "--calibration", "x.npz", "--precision", "int9"] },
        { Diagnostics.FileMissing.Code, ["quantize", "none.onnx", "--calibration", "x.npz"] },
        { Diagnostics.OptionNeedsAnother.Code, ["verify", "plan.json", "--force"] },
        { Diagnostics.LayerMissing.Code, ["verify", "plan.json", "--layer", "nobody"] },
        { Diagnostics.OptionsExclude.Code, ["explain", "plan.json", "--json", "--markdown"] },
        { Diagnostics.ChannelMissing.Code, ["explain", "plan.json", "--layer", "one", "--channel", "99"] },
        { Diagnostics.LayerNotSaid.Code, ["execute", "plan.json", "--input", "x.npy", "-o", "y.npy"] },
        { Diagnostics.NotAPlan.Code, ["vectors", "real.onnx", "-o", "vectors"] },
        { Diagnostics.PlanMissing.Code, ["explain", "real.onnx"] },
        { Diagnostics.ConfigWrong.Code, ["quantize", "real.onnx", "--config", "text.json"] },
        { Diagnostics.ConfigKeyUnknown.Code, ["quantize", "real.onnx", "--config", "surprise.json"] },
        { Diagnostics.NoLayers.Code, ["verify", "empty.json"] },
        { Diagnostics.WeightsAlone.Code, ["execute", "weights.json", "--input", "x.npy", "-o", "y.npy"] },
        { Diagnostics.NodeInFloat.Code, ["verify", "float-end.onnx", "--layer", "end"] },
        { Diagnostics.NoIntegerLayer.Code, ["verify", "none-on-integers.onnx"] },
        { Diagnostics.NotOneForEachChannel.Code, ["plan", "--weight", "w.npy", "--layout", "OI", "--bias", "w.npy", "--input-step", "0.1", "--input-zero-point", "0", "--output-range=-1,1", "-o", "p.json"] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_line_that_is_refused_ends_with_its_code(string code, string[] line)
    {
        ProcessorModels.Write(_folder);
        var plan = PlantedPlan.Plan(Precision.TfliteInt8);
        PlanFile.Write(_folder.File("plan.json"), new PlanDocument { Layers = [new NamedPlan("one", null, plan), new NamedPlan("two", null, plan)] });
        PlanFile.Write(_folder.File("empty.json"), new PlanDocument { Layers = [] });
        PlanFile.Write(_folder.File("weights.json"), WeightsAlone());
        _folder.Write("text.json", [.. "no JSON"u8]);
        _folder.Write("surprise.json", [.. """{ "quantize": { "surprise": 1 } }"""u8]);
        _folder.Write("w.npy", Npy.Of([1f, 2, 3, 4], 2, 2));
        _folder.Write("none-on-integers.onnx", new ModelBuilder().Input("x", 1, 8).Pair("x", "xq", 0.05f, 101)
            .Node("Exp", ["xq"], "y").Output("y", 1, 8).Build().ToBytes());

        _folder.Write("float-end.onnx", new ModelBuilder().Input("x", 1, 4).Pair("x", "xq", 0.05f, 101)
            .Weights("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8], [0.01f], 1).Node("MatMul", ["xq", "w"], "p").Pair("p", "pq", 0.1f, 101)
            .Node("Exp", ["pq"], "y", node => node.Name = "end").Output("y", 1, 2).Build().ToBytes());

        var outcome = await Quantfn.RunAsync([.. line.Select(word => word.Contains('.') && !word.StartsWith('-') && !char.IsDigit(word[0]) ? _folder.File(word) : word)]);

        outcome.IsBadInput($" [{code}]");
        Assert.EndsWith($" [{code}]", outcome.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Layers_without_vectors_are_warned_of_under_a_code()
    {
        var plan = PlantedPlan.Plan(Precision.TfliteInt8);
        PlanFile.Write(_folder.File("plan.json"), new PlanDocument
        {
            Layers = [new NamedPlan("one", null, plan)],
            WeightOnlyLayers = WeightsAlone().WeightOnlyLayers,
        });

        var outcome = await Quantfn.RunAsync("vectors", _folder.File("plan.json"), "-o", _folder.File("vectors"));

        Assert.Equal(0, outcome.ExitCode);
        Assert.EndsWith($" [{Diagnostics.NoVectors.Code}]", outcome.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_pass_says_why_under_a_code()
    {
        var plan = PlantedPlan.Write(_folder, PlantedPlan.With(PlantedPlan.Plan(Precision.TfliteInt8), bias: int.MaxValue), "fc");

        var outcome = await Quantfn.RunAsync("verify", plan);

        Assert.Equal(1, outcome.ExitCode);
        Assert.EndsWith($" [{Diagnostics.NotProved.Code}]", outcome.Error.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains($" [{Diagnostics.ViolatedOverflow.Code}]", outcome.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_other_layers_is_disputed_under_a_code()
    {
        var plan = PlantedPlan.Write(_folder, "fc");
        var certificate = _folder.File("certificate.json");
        await Quantfn.RunAsync("verify", plan, "-o", certificate);
        File.Delete(plan);
        PlantedPlan.Write(_folder, PlantedPlan.With(PlantedPlan.Plan(Precision.TfliteInt8), bias: 77), "fc");

        var outcome = await Quantfn.RunAsync("verify", plan, "--against", certificate);

        Assert.Equal(1, outcome.ExitCode);
        Assert.EndsWith($" [{Diagnostics.CertificateDisputed.Code}]", outcome.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_show_their_code_and_JSON_holds_it()
    {
        var (model, data) = (_folder.Write("m.onnx", Network().Build().ToBytes()), _folder.Write("x.npy", Npy.Of([1f, 2, 3, 4, 5, 6, 7, 8], 1, 8)));

        var outcome = await Quantfn.RunAsync("quantize", model, "--calibration", data, "--json");

        Assert.Contains($" [{Diagnostics.FewSamples.Code}]", outcome.Error, StringComparison.Ordinal);
        var warning = System.Text.Json.JsonDocument.Parse(outcome.Out).RootElement.GetProperty("warnings")[0];
        Assert.Equal(["code", "message", "node", "remedy"], warning.EnumerateObject().Select(member => member.Name));
    }

    private PlanDocument WeightsAlone()
    {
        var plan = _folder.File("made.json");
        OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = _folder.Write("float-weights.onnx", new ModelBuilder().Input("x", 1, 32).Random("w", 32, 8)
                .Node("MatMul", ["x", "w"], "y").Output("y", 1, 8).Build().ToBytes()),
            PlanPath = plan,
        }).GetAwaiter().GetResult();
        return PlanFile.Read(plan);
    }

    private static ModelBuilder Network() => new ModelBuilder().Input("x", 1, 8).Gemm("x", "y", 8, 4).Output("y", 1, 4);
}
