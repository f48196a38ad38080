using System.Text.Json.Nodes;
using NJsonSchema;
using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Documents;

/// <summary>Joins in plan documents.</summary>
public sealed class JoinDocumentTests
{
    private static readonly OperatorArithmetic[] Five = [.. Fs.BackendProfile.OnnxRuntime.BetweenLayers];

    private static readonly JoinPlan Raised = new(
        "sum", "Add", 2, 0.05f, (float)(0.05f * (1 + Math.ScaleB(2, -15))), Five);

    private static readonly JoinPlan Kept = new("gate", "Mul", 0, 0.0123, 0.0123, Five);

    /// <summary>A layer whose output is raised as the joins that read it ask.</summary>
    private static QuantizedLayer Layer(int raise)
    {
        var layer = LayerSpec.Product([1, -0.5f, 0.25f, 2], 2, 0.1, 3, new(-3, 4)).ToLayer();
        var observed = Fs.ObservedDistribution.withStepRaise(raise, layer.Output).OpenOrThrow("test");
        var again = Fs.Layer
            .create(layer.Weights, layer.Geometry, layer.Bias, layer.Input, observed, layer.Activation)
            .OpenOrThrow("test");
        return Planner.Plan(again, new PlanOptions { Precision = Precision.TfliteInt8, Profile = Fs.BackendProfile.OnnxRuntime });
    }

    private static PlanDocument Document(int raise) => new()
    {
        Model = "m.onnx",
        Layers = [new NamedPlan("fc", "Gemm", Layer(raise))],
        Joins = [Raised, Kept],
    };

    [Fact]
    public void A_raised_output_has_the_raised_step_and_the_zero_point_of_its_range()
    {
        var (plain, raised) = (Layer(0).Integers.Output, Layer(11).Integers.Output);
        Assert.Equal((float)(plain.StepSize * (1 + Math.ScaleB(11, -15))), raised.StepSize);
        Assert.Equal(plain.ZeroPoint, raised.ZeroPoint);
        Assert.Equal(1 / raised.StepSize, raised.Scale);
        Assert.Empty(Layer(11).Certify().Violations);
        Assert.Contains("Raised by 11/32768 of itself", Layer(11).Explain());
    }

    [Fact]
    public async Task P15_joins_and_raised_layers_read_back_as_they_were_written()
    {
        var schema = await JsonSchema.FromJsonAsync((await File.ReadAllTextAsync(
            Path.Combine(Shared.Repository, "docs", "schema", "quantfunctional-plan.schema.json")))
            .Replace("$defs", "definitions", StringComparison.Ordinal));
        using var folder = new TemporaryFolder();
        var (path, again) = (folder.File("a.json"), folder.File("b.json"));
        PlanFile.Write(path, Document(5), overwrite: true, weightsInline: true);
        var read = PlanFile.Read(path);
        PlanFile.Write(again, read, overwrite: true, weightsInline: true);

        Assert.Equal(Document(5), read);
        Assert.NotEqual(Document(5), Document(5) with { Joins = [Raised] });
        Assert.Equal(5, read.Layers[0].Plan.Observed.StepRaise);
        Assert.Equal(await File.ReadAllBytesAsync(path), await File.ReadAllBytesAsync(again));
        Assert.Empty(schema.Validate(await File.ReadAllTextAsync(path)));
    }

    [Theory]
    [InlineData("operator", "\"Sub\"")]
    [InlineData("raise", "-1")]
    [InlineData("raise", "65")]
    [InlineData("raise", "3")]
    [InlineData("stepBefore", "0")]
    [InlineData("stepBefore", "-0.05")]
    [InlineData("stepAfter", "0.06")]
    [InlineData("arithmetics", "[\"sparc\"]")]
    public void A_join_that_contradicts_itself_is_refused_by_its_field(string field, string json)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        PlanFile.Write(path, Document(5), overwrite: true, weightsInline: true);
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        root["joins"]![0]![field] = JsonNode.Parse(json);
        File.WriteAllText(path, root.ToJsonString());

        Assert.Contains("joins[0]", Check.Refusal(() => PlanFile.Read(path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_tells_what_was_raised_for_whom()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        PlanFile.Write(path, Document(5), overwrite: true, weightsInline: true);

        var words = (await Quantfn.RunAsync("explain", path)).Done()
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var text = string.Join(' ', words);

        Assert.Contains("sum (Add): step raised by 2/32768, from 0.05", text, StringComparison.Ordinal);
        Assert.Contains("onnxruntime-arm64, onnxruntime-wasm, unfused give the same byte for all pairs.", text, StringComparison.Ordinal);
        Assert.Contains("gate (Mul): step 0.0123, as its range asks for.", text, StringComparison.Ordinal);
        Assert.Equal("", Array.Empty<JoinPlan>().ToText());
        var alone = new[] { Kept with { Arithmetics = [Five[2]] } }.ToMarkdown();
        Assert.Contains("in one arithmetic, onnxruntime-arm64", alone, StringComparison.Ordinal);
    }
}
