using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Repair;

/// <summary>Sums and products that processors make different integers of: their step is raised, and all that hangs on it.</summary>
public class JoinRepairTests
{
    private static readonly BackendProfile[] Processors =
    [
        Profiles.OnnxRuntimeVnni, Profiles.OnnxRuntimeX64Avx2, Profiles.OnnxRuntimeX64Sse, Profiles.OnnxRuntimeArm64,
        Profiles.OnnxRuntimeWasm,
    ];

    private static sbyte[] Kernel => Array.ConvertAll(LayerFormTests.Weights(2, 18), weight => (sbyte)(weight / 2));

    /// <summary>A residual block whose steps are powers of two apart, the worst case: every other sum is a tie.</summary>
    private static ModelBuilder Block() =>
        new ModelBuilder().Opset("com.microsoft", 1).Input("x", 1, 2, 8, 8).Pair("x", "xq", 0.05f, 101)
            .Weights("w", [2, 2, 3, 3], Kernel, [0.01f, 0.02f], 0)
            .Node("Conv", ["xq", "w"], "a", node => { node.Name = "first"; node.Set("pads=1,1,1,1"); }).Pair("a", "aq", 0.05f, 60)
            .Node("Add", ["aq", "xq"], "sum", node => node.Name = "join").Pair("sum", "sumq", 0.1f, 101)
            .Node("MaxPool", ["sumq"], "pool", node => node.Set("kernel_shape=2,2 strides=2,2")).Pair("pool", "poolq", 0.1f, 101)
            .Weights("v", [2, 2, 3, 3], Kernel, [0.013f], 0)
            .Bias("c", [30000, -20000], [0.1f * 0.013f])
            .Node("Conv", ["poolq", "v", "c"], "z", node => node.Name = "second").Pair("z", "zq", 0.2f, 90).Output("zq", 1, 2, 2, 2);

    [Fact]
    public void A_sum_between_conversions_is_raised_with_its_movers_and_the_biases_behind()
    {
        var repaired = Repaired.Of(Block());

        repaired.ExpectChanged("sumq.step", "poolq.step", "c.integers", "c.step").ExpectOwnIntegers();
        var join = Assert.Single(repaired.Report.Joins);
        Assert.Equal(("join", "Add", 0.1f), (join.Name, join.Operator, join.StepBefore));
        Assert.InRange(join.Raise, 1, 8);
        var step = (float)(0.1f * (1 + (join.Raise / 32768.0)));
        Assert.Equal((step, step), (join.StepAfter, TensorData.Floats(repaired["poolq.step"])[0]));
        Assert.Equal([step], TensorData.Floats(repaired["sumq.step"]));
        Assert.Equal([step * 0.013f], TensorData.Floats(repaired["c.step"]));
        Assert.Equal(
            new[] { 30000, -20000 }.Select(b => (long)Math.Round(b * (double)(0.1f * 0.013f) / (step * 0.013f), MidpointRounding.ToEven)),
            TensorData.Integers(repaired["c.integers"]));
        var second = Assert.Single(repaired.Report.Layers);
        Assert.Equal(("second", 2, 0), (second.Name, second.Biases, second.Changed.Count));
        Assert.Null(second.SqnrDb);
        ExpectOneMeaning(repaired);
    }

    [Fact]
    public void No_smaller_raise_would_do()
    {
        var join = Assert.Single(Repaired.Of(Block()).Report.Joins);
        for (var raise = 0; raise < join.Raise; raise++)
        {
            var model = Block().Build();
            foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.Name is "sumq.step" or "poolq.step").ToList())
            {
                model.Graph.Initializer.Remove(tensor);
                model.Graph.Initializer.Add(TensorData.Make(tensor.Name, [], [(float)(0.1f * (1 + (raise / 32768.0)))]));
            }

            Assert.False(Assert.Single(IntegerModel.Load(model, Profiles.OnnxRuntime).Certify().Joins).Passed);
        }
    }

    [Theory]
    [InlineData("QLinearAdd", 0.05f, 0.1f)]
    [InlineData("QLinearMul", 0.25f, 0.5f)]
    public void Operators_that_carry_their_scales_along(string type, float input, float output)
    {
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 1, 2, 6, 6).Input("u", 1, 2, 6, 6)
            .Floats("s", [], input).Initializer(TensorData.Make("z", [], [(byte)101]))
            .Floats("t", [], output).Initializer(TensorData.Make("tz", [], [(byte)101]))
            .Floats("ws", [], 0.01f).Initializer(TensorData.Make("wz", [], [(sbyte)0]))
            .Initializer(TensorData.Make("w", [2, 2, 3, 3], Kernel)).Initializer(TensorData.Make("b", [2], [90000, -70000]))
            .Node("QuantizeLinear", ["x", "s", "z"], "xi").Node("QuantizeLinear", ["u", "s", "z"], "ui")
            .Node(type, ["xi", "s", "z", "ui", "s", "z", "t", "tz"], "j", node => { node.Name = "join"; node.Domain = "com.microsoft"; })
            .Node("QLinearConv", ["j", "t", "tz", "w", "ws", "wz", "t", "tz", "b"], "k", node => node.Name = "conv")
            .Node("DequantizeLinear", ["k", "t", "tz"], "y").Output("y", 1, 2, 4, 4)
            .Node("DequantizeLinear", ["j", "t", "tz"], "seen").Output("seen", 1, 2, 6, 6);

        var repaired = Repaired.Of(model);

        // the convolution's own output keeps the step that it shared with the join
        repaired.ExpectChanged("t_2", "b").ExpectOwnIntegers();
        var conv = repaired.After.Graph.Node.Single(node => node.Name == "conv");
        Assert.Equal(("t_2", "t"), (conv.Input[1], conv.Input[6]));
        Assert.Equal("t_2", repaired.After.Graph.Node.Single(node => node.Output[0] == "seen").Input[1]);
        Assert.Equal("t", repaired.After.Graph.Node.Single(node => node.Output[0] == "y").Input[1]);
        Assert.Equal("t_2", repaired.After.Graph.Node.Single(node => node.Name == "join").Input[6]);
        ExpectOneMeaning(repaired, isRare: type == "QLinearMul");
    }

    [Fact]
    public void A_sum_of_sums_is_raised_with_the_raised_step_of_the_first()
    {
        var model = new ModelBuilder().Input("x", 1, 8).Input("u", 1, 8).Pair("x", "xq", 0.05f, 101).Pair("u", "uq", 0.05f, 60)
            .Node("Add", ["xq", "uq"], "a", node => node.Name = "one").Pair("a", "aq", 0.1f, 101)
            .Node("Add", ["aq", "uq"], "b", node => node.Name = "two").Pair("b", "bq", 0.2f, 90).Output("bq", 1, 8);

        var repaired = Repaired.Of(model);

        Assert.Equal("one", repaired.Report.Joins[0].Name);
        ExpectOneMeaning(repaired);
    }

    [Fact]
    public void Integers_that_leave_the_model_keep_their_step_and_the_failure_says_so()
    {
        var model = new ModelBuilder().Input("x", 1, 8).Input("u", 1, 8).Pair("x", "xq", 0.05f, 101).Pair("u", "uq", 0.05f, 60)
            .Node("Add", ["xq", "uq"], "a", node => node.Name = "join").Pair("a", "aq", 0.1f, 101)
            .Output("aq.integers", DataType.Uint8, 1, 8).Output("aq", 1, 8);

        var refusal = Assert.Throws<QuantException>(() => Repaired.Of(model));

        Assert.Contains("node join (Add)", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((Diagnostics.JoinNotRepaired.Code, "join"), (refusal.Code, refusal.Node));
        Assert.Contains("leave the model", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Our own integers are the same as every processor computes them, and were not before.</summary>
    /// <param name="repaired">The model.</param>
    /// <param name="isRare">Whether processors differ on so few pairs that a few runs do not meet one.</param>
    private static void ExpectOneMeaning(Repaired repaired, bool isRare = false)
    {
        repaired.ExpectPasses();
        if (!isRare)
            Assert.True(Differ(repaired.Before));
        Assert.False(Differ(repaired.After));

        static bool Differ(OnnxModel model)
        {
            var runs = Processors.Select(processor => IntegerModel.Load(model, processor)).ToList();
            return Enumerable.Range(1, 4).Any(seed =>
            {
                var reals = Run.RandomInputs(model, seed, -6, 6)
                    .ToDictionary(i => i.Key, i => new RealArray<float>(i.Value.Values, i.Value.Dims));
                return runs.Select(run => string.Join(' ', run.Run(reals).Outputs.SelectMany(o => o.Value.Values.ToArray())))
                    .Distinct().Count() > 1;
            });
        }
    }
}
