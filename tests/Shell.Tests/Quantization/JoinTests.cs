using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Quantization;

/// <summary>The output steps of Adds and Muls, which are the same on every processor.</summary>
public class JoinTests
{
    private static ModelBuilder Convolved(string output) =>
        new ModelBuilder().Input("x", -1, 3, 8, 8).Conv("x", output, 3, 4);

    // a chain of joins: the input of one is the output of another, and constants among them
    private static ModelBuilder Chain(string salt) => Convolved("a" + salt)
        .Conv("x", "b" + salt, 3, 4)
        .Node("Add", ["a" + salt, "b" + salt], "c" + salt)
        .Node("Mul", ["c" + salt, "b" + salt], "d" + salt)
        .Between("k" + salt, 0.1f, 1.9f, 4, 1, 1)
        .Node("Add", ["d" + salt, "k" + salt], "e" + salt)
        .Node("Relu", ["e" + salt], "f" + salt)
        .Conv("f" + salt, "g" + salt, 4, 4)
        .Node("Add", ["g" + salt, "f" + salt], "y")
        .Output("y");

    private static IntegerModel Read(Quantized quantized, BackendProfile? profile = null) =>
        IntegerModel.Load(quantized.Model, profile);

    public static TheoryData<string> Salts => [.. Enumerable.Range(1, 10).Select(i => $"{i}")];

    [Theory]
    [MemberData(nameof(Salts))]
    public void P18_every_join_of_a_quantized_model_is_the_same_in_every_arithmetic_and_no_smaller_step_is(string salt)
    {
        var quantized = Quantized.Of(Chain(salt));
        var model = Read(quantized);

        Assert.Equal(4, model.Joins.Count);
        Assert.Equal(4, quantized.Report.Joins.Count);
        Assert.All(model.Certify().Joins, join => Assert.Empty(join.Violations));
        foreach (var (join, summary) in model.Joins.Zip(quantized.Report.Joins))
        {
            Assert.Equal((join.Name, join.Operator), (summary.Name, summary.Operator));
            Assert.Equal(summary.StepAfter, join.Join.Output.Step);
            for (var raise = 0; raise < summary.Raise; raise++)
            {
                var step = (float)(summary.StepBefore * (1 + Math.ScaleB(raise, -15)));
                Assert.NotNull(Fs.JoinAgreement.find(model.BetweenLayers, WithOutput(join.Join, step)).Worst);
            }
        }
    }

    private static Join WithOutput(Join join, float step) => new(
        join.Operator, join.First, join.Second,
        new Storage(step, join.Output.ZeroPoint, join.Output.Lowest, join.Output.Highest),
        join.FirstValues, join.SecondValues, join.Runs);

    [Theory]
    [MemberData(nameof(Salts))]
    public void Every_processor_gives_the_same_integers_of_a_quantized_model(string salt)
    {
        var quantized = Quantized.Of(Chain(salt));
        BackendProfile[] profiles =
        [
            Fs.BackendProfile.OnnxRuntimeVnni, Fs.BackendProfile.OnnxRuntimeX64Sse,
            Fs.BackendProfile.OnnxRuntimeArm64, Fs.BackendProfile.OnnxRuntimeWasm,
        ];
        var runs = profiles.Select(profile => Outputs(Read(quantized, profile), quantized)).ToList();
        Assert.All(runs, run => Assert.Equal(runs[0], run));
    }

    private static List<float> Outputs(IntegerModel model, Quantized quantized) =>
    [
        .. quantized.Samples.Items
            .Select(item => item.ToDictionary(
                input => input.Key, input => new RealArray<float>(input.Value.Values, input.Value.Dims)))
            .SelectMany(inputs => model.Run(inputs).Outputs.Values.Single().Values.ToArray()),
    ];

    [Fact]
    public void For_one_processor_every_step_is_that_of_its_range()
    {
        var quantized = Quantized.Of(Chain("1"), request => request with { Profile = Fs.BackendProfile.OnnxRuntimeVnni });
        Assert.All(quantized.Report.Joins, join => Assert.Equal((0, join.StepBefore), (join.Raise, join.StepAfter)));
        Assert.Equal(4, quantized.Report.Joins.Count);
    }

    [Fact]
    public void Sixteen_bits_have_no_joins_on_bytes()
    {
        var quantized = Quantized.Of(Chain("1"), request => request with { Precision = Precision.SimaInt16 });
        Assert.Empty(quantized.Report.Joins);
    }

    [Fact]
    public void A_group_that_holds_inputs_and_outputs_of_joins_is_raised_until_all_agree()
    {
        // what the concatenation joins shares its encoding, and the sum of a member is a member
        var model = Convolved("a").Conv("x", "b", 3, 4)
            .Node("Add", ["a", "b"], "c")
            .Node("Add", ["c", "a"], "d")
            .Node("Concat", ["c", "d"], "e", "axis=1")
            .Conv("e", "y", 8, 2).Output("y");
        var quantized = Quantized.Of(model);

        Assert.All(Read(quantized).Certify().Joins, join => Assert.Empty(join.Violations));
        Assert.Equal(2, quantized.Report.Joins.Count);
    }

    [Fact]
    public void The_plan_tells_every_join()
    {
        var quantized = Quantized.Of(Chain("1"));
        var joins = JsonNode.Parse(quantized.Plan!)!["joins"]!.AsArray();

        Assert.Equal(quantized.Report.Joins.Select(join => join.Raise), joins.Select(join => (int)join!["raise"]!));
        Assert.Equal(quantized.Report.Joins.Select(join => join.StepAfter), joins.Select(join => (double)join!["stepAfter"]!));
        Assert.All(joins, join => Assert.Equal(5, join!["arithmetics"]!.AsArray().Count));
    }
}
