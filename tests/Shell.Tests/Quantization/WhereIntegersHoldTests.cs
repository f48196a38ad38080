using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Execution;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>The report says on which processors the very model that was written is the same, and where its integers end.</summary>
public class WhereIntegersHoldTests
{
    private const string Everywhere =
        "The integers are the same on every processor: x64 with and without VNNI and FMA, ARM64 and WebAssembly";

    private static ModelBuilder Dense() => new ModelBuilder().Input("x", -1, 3, 8, 8).Conv("x", "a", 3, 4);

    private static ModelBuilder Tail(string op) =>
        Dense().Node(op, ["a"], "y", node => node.Name = "tail").Output("y", -1, 4, 8, 8);

    private static string Holds(ModelBuilder model, BackendProfile? profile = null) =>
        Quantized.Of(model, request => request with { Profile = profile }).Report.Holds;

    private static string Written(ModelBuilder written, BackendProfile profile, int notLookedAt = 0, int inFloat = 0) =>
        WhereIntegersHold.Sentence(written.Build(), profile, notLookedAt, inFloat);

    /// <summary>A sum whose steps are a half apart, so that arithmetics differ, and no layer besides.</summary>
    private static ModelBuilder Halves(float output = 0.04f) => new ModelBuilder()
        .Input("a", -1, 4).Input("b", -1, 4).Pair("a", "aq", 0.02f, 100).Pair("b", "bq", 0.02f, 7)
        .Node("Add", ["aq", "bq"], "y", node => node.Name = "join").Pair("y", "yq", output, 31).Output("yq", -1, 4);

    /// <summary>One layer of two products.</summary>
    private static ModelBuilder Pair(sbyte first, sbyte second) => new ModelBuilder()
        .Input("x", 1, 2).Pair("x", "xq", 0.02f, 0).Weights("w", [2, 1], [first, second], [0.01f], 1)
        .Node("MatMul", ["xq", "w"], "p").Pair("p", "y", 0.1f, 0).Output("y", 1, 1);

    [Fact]
    public void A_model_planned_by_default_is_the_same_everywhere() =>
        Assert.Equal(Everywhere + ".", Holds(Dense().Output("a", -1, 4, 8, 8)));

    [Fact]
    public void What_is_said_is_found_in_the_model_and_not_in_the_name_of_its_profile()
    {
        // of these two weights no pair saturates, whoever planned them
        Assert.Equal(Everywhere + ".", Written(Pair(64, 64), Profiles.OnnxRuntimeVnni));
        Assert.Equal(Everywhere + ".", Written(Pair(64, -127), Profiles.OnnxRuntimeX64Avx2));
        // and these are not right everywhere, though the profile promises it
        Assert.Equal(
            "The integers hold only on x64 with VNNI, x64 with SSE4.1, ARM64 and WebAssembly: neighbouring products of 1 layer "
            + "saturate on x64 without VNNI; to have the same on every processor, mend the file with quantfn repair.",
            Written(Pair(64, 65), Profiles.OnnxRuntime));
        Assert.StartsWith(
            "The integers hold only on x64 with AVX2: neighbouring products of 1 layer saturate there and nowhere else; ",
            Written(Pair(64, 65), Profiles.OnnxRuntimeX64Avx2),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Joins_hold_where_a_processor_makes_the_same_of_every_pair_of_bytes()
    {
        var join = Assert.Single(IntegerModel.Load(Halves().Build()).Joins).Join;
        var bytes = Processors.All.ToDictionary(processor => processor.Name, processor => AllPairs(join, processor.Profile));
        Assert.InRange(bytes.Values.DistinctBy(all => string.Join(' ', all)).Count(), 2, 4);
        foreach (var (name, profile) in Processors.All)
        {
            var same = Processors.All.Select(p => p.Name).Where(other => bytes[other].SequenceEqual(bytes[name])).ToList();
            var listed = same.Count == 1 ? name : string.Join(", ", same[..^1]) + " and " + same[^1];
            Assert.Equal(
                $"The integers hold only on {listed}: 1 join gives other bytes elsewhere; to have the same on every processor, "
                + "leave --profile out, or mend the file with quantfn repair.",
                Written(Halves(), profile));
        }

        // no sum of these lies near a tie
        Assert.Equal(Everywhere + ".", Written(Halves(0.02f), Profiles.OnnxRuntimeVnni));
    }

    private static List<int> AllPairs(Join join, BackendProfile profile)
    {
        var kernel = QuantFunctional.FSharp.JoinKernels.ofJoin(profile.BetweenLayers[0], join).Single();
        return [.. join.FirstValues.SelectMany(first => join.SecondValues.Select(second => kernel.Invoke(first).Invoke(second)))];
    }

    [Fact]
    public void An_operator_in_float_ends_the_integers_and_one_that_only_chooses_does_not()
    {
        Assert.Equal(
            Everywhere + "; on the way to output `y` they end before Exp (node tail), and float operators differ between "
            + "processors in the last digits.",
            Holds(Tail("Exp")));
        Assert.Equal(Everywhere + ".", Holds(Tail("Abs")));
        Assert.Equal(
            Everywhere + "; on the way to outputs `y` and `z` they end before Exp (node tail), and float operators differ "
            + "between processors in the last digits.",
            Holds(Tail("Exp").Node("Neg", ["y"], "z").Output("z", -1, 4, 8, 8)));
    }

    [Fact]
    public void Nodes_that_were_not_looked_at_and_layers_in_float_are_told()
    {
        Assert.Equal(
            Everywhere + "; nothing is known of 1 node that was not looked at; 2 layers run in float on this machine.",
            Written(Pair(1, 1), Profiles.OnnxRuntime, notLookedAt: 1, inFloat: 2));
    }

    [Fact]
    public void Other_engines_have_integers_of_their_own()
    {
        const string Own = "The integers are those of the profile tflite, the same on every machine; ONNX Runtime rounds in its own "
            + "way and can give others";
        const string Remedy = ": leave --profile out to plan for it.";
        Assert.Equal(Own + Remedy, Written(Pair(64, 64), Profiles.Tflite));
        Assert.Equal(
            Own + ", and on x64 without VNNI neighbouring products of 1 layer saturate in it" + Remedy,
            Written(Pair(64, 65), Profiles.Tflite));
        var wide = Quantized.Of(
            Dense().Output("a", -1, 4, 8, 8), request => request with { Precision = Precision.TfliteInt16 });
        Assert.Equal(
            "The integers are those of the plan for the profile reference; ONNX Runtime runs layers of 16 bits in float, and "
            + "what that gives differs between processors in the last digits.",
            wide.Report.Holds);
    }

    [Fact]
    public async Task Of_weights_alone_no_processor_is_named()
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder().Input("x", -1, 32).Random("w", 32, 4).Node("MatMul", ["x", "w"], "y").Output("y", -1, 4);
        var report = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = folder.Write("m.onnx", model.Build().ToBytes()),
        });
        Assert.StartsWith("The weights alone are integers; what the products give differs", report.Holds, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Ultrafaces_boxes_go_through_an_Exp_in_integers()
    {
        using var folder = new TemporaryFolder();
        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = Shared.Model("ultraface.onnx"),
            Calibration = Shared.Model("ultraface.data.npz"),
            OutputPath = folder.File("ultraface.onnx"),
        });
        Assert.Equal(
            Everywhere + ".",
            report.Holds);
    }
}
