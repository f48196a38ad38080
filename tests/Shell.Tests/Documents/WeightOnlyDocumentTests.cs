using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Documents;

/// <summary>Layers of which the weights alone are integers, in plan documents.</summary>
public sealed class WeightOnlyDocumentTests
{
    private static readonly WeightGranularity[] Granularities =
        [WeightGranularity.PerTensor, WeightGranularity.PerChannel, WeightGranularity.NewPerGroup(16)];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void P15_weights_alone_read_back_as_they_were_written_and_are_written_again_as_the_same_bytes(bool inline)
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (folder.File("first.json"), folder.File("first.json")); // the name of the arrays is in the document
        var document = Document();
        PlanFile.Write(first, document, overwrite: true, inline);
        var bytes = File.ReadAllBytes(first);
        var read = PlanFile.Read(first);
        Assert.Equal(document, read);
        PlanFile.Write(second, read, overwrite: true, inline);
        Assert.Equal(bytes, File.ReadAllBytes(second));
    }

    [Theory]
    [InlineData("type", "\"int9\"", "weightOnlyLayers[0].type: `int9`")]
    [InlineData("granularity", "\"some\"", "per-tensor, per-channel, per-group")]
    [InlineData("groupSize", "4", "groupSize: goes with per-group alone")]
    [InlineData("stepSize", "[1, 2, 3]", "weightOnlyLayers[0]: ")]
    [InlineData("stepSize", "[-1]", "weightOnlyLayers[0]: ")]
    [InlineData("rule", "\"some\"", "weightOnlyLayers[0].rule: `some`")]
    [InlineData("rounding", "\"some\"", "weightOnlyLayers[0].rounding: `some`")]
    [InlineData("zeroPoint", "[3]", "weightOnlyLayers[0]: ")]
    [InlineData("zeroPoint", "[300]", "weightOnlyLayers[0].zeroPoint: ")]
    [InlineData("bias", "[1, 2]", "the bias has 2 values")]
    [InlineData("surprise", "1", "weightOnlyLayers[0].surprise: is not a field")]
    public void What_no_weights_can_be_is_refused_by_its_field(string field, string json, string words)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        PlanFile.Write(path, Document());
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        root["weightOnlyLayers"]![0]![field] = JsonNode.Parse(json);
        File.WriteAllText(path, root.ToJsonString());
        Assert.Contains(words, Check.Refusal(() => PlanFile.Read(path)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_older_documents_did_not_say_stays_unsaid()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        PlanFile.Write(path, Document());
        var first = JsonNode.Parse(File.ReadAllText(path))!["weightOnlyLayers"]![0]!.AsObject();
        Assert.Equal("int8", (string?)first["type"]);
        Assert.DoesNotContain("rule", first);
        Assert.DoesNotContain("rounding", first);
        Assert.DoesNotContain("zeroPoint", first);
        Assert.Equal(StepRule.Largest, PlanFile.Read(path).WeightOnlyLayers[0].Plan.Request.Rule);
    }

    private static PlanDocument Document()
    {
        var random = new Random(5);
        var plans =
            from granularity in Granularities
            from type in new[] { WeightType.Int8, WeightType.Int4, WeightType.UInt4 }
            from steps in new[] { StepFormat.Float64, StepFormat.Float32, StepFormat.Float16 }
            from rule in new[] { StepRule.Largest, StepRule.Searched }
            select Plan(random, new WeightOnlyRequest(type, granularity, steps, rule));
        return new PlanDocument
        {
            Layers = [new NamedPlan("layer", null, RandomLayers.Plans(seed: 5, count: 1).Single())],
            WeightOnlyLayers = [.. plans.Select((plan, i) => new NamedWeightOnlyPlan($"weights {i}", "MatMul", plan) { BySecondMoments = i % 2 == 1 })],
        };
    }

    private static WeightOnlyLayer Plan(Random random, WeightOnlyRequest request)
    {
        var data = Enumerable.Range(0, 120).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var weights = Fs.WeightView.create(WeightLayout.IO, 1, [40, 3], data).ResultValue;
        return Fs.WeightOnly.plan(request, weights, random.Next(2) == 0 ? default : new[] { 1f, 2f, 3f }).ResultValue;
    }
}
