using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Execution;

/// <summary>Under a profile of TFLite the operators between layers run as its kernels do.</summary>
/// <remarks>The kernels are held to TFLite's own results in the tests of the core; here they are reached from a model.</remarks>
public class TfliteOperatorTests
{
    private static readonly string[] Operations =
        ["Add", "Mul", "Concat", "Sigmoid", "LeakyRelu", "AveragePool", "GlobalAveragePool", "Softmax", "Relu"];

    public static TheoryData<string> Each => [.. Operations];

    private static BackendProfile Profile(string name) =>
        Profiles.Named.Single(profile => profile.Name == name);

    private static ModelBuilder Network(string operation, bool signed)
    {
        var zero = signed ? -5 : 123;
        var model = new ModelBuilder().Input("x", 2, 3, 6, 6).Pair("x", "xq", 0.031f, zero, signed);
        if (operation is "Add" or "Mul" or "Concat")
        {
            model.Input("z", 2, 3, 6, 6).Pair("z", "zq", 0.017f, zero + 2, signed)
                .Node(operation, ["xq", "zq"], "y", operation == "Concat" ? "axis=1" : "");
        }
        else
        {
            model.Node(operation, ["xq"], "y", operation == "AveragePool" ? "kernel_shape=2,2 pads=1,0,0,1" : "");
        }

        var step = operation is "Sigmoid" or "Softmax" ? 1 / 250f : operation == "Mul" ? 0.12f : 0.045f;
        return model.Pair("y", "yq", step, zero, signed).Output("yq", -1, -1, -1, -1);
    }

    private static float[] Output(OnnxModel model, BackendProfile profile, int seed)
    {
        var inputs = Run.RandomInputs(model, seed, -4, 4);
        var run = IntegerModel.Load(model, profile).Run(inputs.ToDictionary(
            input => input.Key, input => new RealArray<float>(input.Value.Values, input.Value.Dims)));
        return run.Outputs["yq"].Values.ToArray();
    }

    /// <summary>Both engines round the same real result, TFLite some of them by way of a step of 1/256 or of the input's.</summary>
    [Theory]
    [MemberData(nameof(Each))]
    public void Every_operator_runs_and_stays_within_a_rounding_of_ONNX_Runtime(string operation)
    {
        foreach (var (signed, profile) in ((bool, string)[])[(false, "tflite"), (true, "tflite-single-rounding")])
        {
            var model = Network(operation, signed).Build();
            var step = TensorData.Floats(model.Graph.Initializer.Single(tensor => tensor.Name == "yq.step"))[0];
            var theirs = Output(model, Profiles.OnnxRuntime, 1);
            var tflite = Output(model, Profile(profile), 1);

            Assert.Equal(theirs.Length, tflite.Length);
            Assert.All(theirs.Zip(tflite), pair => Assert.InRange(pair.Second - pair.First, -2.01f * step, 2.01f * step));
        }
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Signed_and_unsigned_files_of_one_network_give_the_same(string operation) => Assert.Equal(
        Output(Network(operation, true).Build(), Profiles.Tflite, 3),
        Output(Network(operation, false).Build(), Profiles.Tflite, 3));

    private static float[] Single(string operation, string attributes, float outputStep, BackendProfile profile, params float[] x)
    {
        var model = new ModelBuilder().Input("x", 1, 1, 1, x.Length).Pair("x", "xq", 1, 0, signed: true)
            .Node(operation, ["xq"], "y", attributes)
            .Pair("y", "yq", outputStep, 0, signed: true).Output("yq", -1, -1, -1, -1).Build();
        return IntegerModel.Load(model, profile)
            .Run(new Dictionary<string, RealArray<float>> { ["x"] = new(x, [1, 1, 1, x.Length]) })
            .Outputs["yq"].Values.ToArray();
    }

    [Fact]
    public void Ties_go_away_from_zero_where_ONNX_Runtime_takes_the_even_one()
    {
        var (onnx, tflite) = (Profiles.OnnxRuntime, Profiles.Tflite);
        // a mean of 2.5 and one of −2.5
        Assert.Equal([2], Single("AveragePool", "kernel_shape=1,2", 1, onnx, 2, 3));
        Assert.Equal([3], Single("AveragePool", "kernel_shape=1,2", 1, tflite, 2, 3));
        Assert.Equal([-3], Single("AveragePool", "kernel_shape=1,2", 1, tflite, -2, -3));
        // inputs between two steps, and the bound 5 in steps of 2
        Assert.Equal([2, -2, 4], Single("LeakyRelu", "alpha=1.0", 1, onnx, 2.5f, -2.5f, 3.5f));
        Assert.Equal([3, -3, 4], Single("LeakyRelu", "alpha=1.0", 1, tflite, 2.5f, -2.5f, 3.5f));
    }

    [Fact]
    public void A_clip_between_two_steps_cuts_as_TFLite_rounds_its_bound()
    {
        var model = new ModelBuilder().Input("x", 1, 4).Pair("x", "xq", 1, 0, signed: true)
            .Floats("low", [], 0).Floats("high", [], 5)
            .Node("Clip", ["xq", "low", "high"], "y")
            .Pair("y", "yq", 2, 0, signed: true).Output("yq", 1, 4).Build();
        var x = new Dictionary<string, RealArray<float>> { ["x"] = new(new float[] { -9, 2, 9, 100 }, [1, 4]) };

        Assert.Equal([0, 2, 4, 4], IntegerModel.Load(model, Profiles.OnnxRuntime).Run(x).Outputs["yq"].Values.ToArray());
        Assert.Equal([0, 2, 6, 6], IntegerModel.Load(model, Profiles.Tflite).Run(x).Outputs["yq"].Values.ToArray());
    }

    [Fact]
    public void What_has_no_kernel_is_refused_by_name()
    {
        var fault = Assert.Throws<QuantException>(() => Single("LeakyRelu", "alpha=-0.5", 1, Profiles.Tflite, 1, 2));

        Assert.Contains("LeakyRelu", fault.Message);
        Assert.Contains("no integer kernel of TFLite for it is known", fault.Message);
    }
}
