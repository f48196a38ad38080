using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Concat joins integers; its inputs share its encoding where that loses nothing.</summary>
public class ConcatTests
{
    [Fact]
    public void Inputs_that_nothing_else_reads_share_the_encoding_of_the_output()
    {
        var quantized = Quantized.Of(Joined().Conv("j", "y", 6, 2).Output("y"));

        quantized.Expect("QLinearConcat×1 QLinearConv×3");
        Assert.Equal(quantized.StepName("j"), quantized.StepName("a"));
        Assert.Equal(quantized.StepName("j"), quantized.StepName("b"));
    }

    [Fact]
    public void An_input_that_others_read_keeps_its_own_encoding()
    {
        var quantized = Quantized.Of(Joined().Conv("a", "z", 4, 2).Conv("j", "y", 6, 2).Output("y").Output("z"));

        quantized.Expect("QLinearConcat×1 QLinearConv×4 QLinearMul×1");
        Assert.NotEqual(quantized.StepName("j"), quantized.StepName("a"));
        Assert.Equal(quantized.StepName("j"), quantized.StepName("a_equalized"));
    }

    [Fact]
    public void Movers_before_the_join_and_Relus_share_the_encoding_too()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node("Relu", ["a"], "b")
            .Node("MaxPool", ["b"], "c", "kernel_shape=3,3 pads=1,1,1,1")
            .Conv("x", "d", 2, 4)
            .Node("Concat", ["c", "d"], "j", "axis=1")
            .Node("Concat", ["j", "c"], "k", "axis=1")
            .Conv("k", "y", 12, 2)
            .Output("y");

        var quantized = Quantized.Of(model).Expect("MaxPool×1 QLinearConcat×2 QLinearConv×3");

        Assert.Equal(quantized.StepName("j"), quantized.StepName("d"));
    }

    [Fact]
    public void Graph_inputs_constants_and_repeated_tensors_are_joined_in_integers()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 2)
            .Random("c", 1, 2, 8, 8)
            .Node("Concat", ["x", "a", "c", "a"], "j", "axis=1")
            .Conv("j", "y", 8, 2)
            .Output("y");

        Quantized.Of(model).Expect("QLinearConcat×1 QLinearConv×2");
    }

    [Fact]
    public void Probabilities_keep_their_encoding_in_a_join()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node("Softmax", ["a"], "s", "axis=1")
            .Node("Sigmoid", ["a"], "g")
            .Node("Concat", ["g", "s"], "y", "axis=1")
            .Output("y");

        var quantized = Quantized.Of(model).Expect("QLinearConcat×1 QLinearConv×1 QLinearSigmoid×1 QLinearSoftmax×1");

        Assert.Equal([1f / 256], quantized.Floating(quantized.StepName("s")));
    }

    /// <summary>j holds a, about 1, and b, about 30.</summary>
    private static ModelBuilder Joined() => new ModelBuilder()
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", 2, 4)
        .Between("w", -20, 20, 2, 2, 3, 3)
        .Node("Conv", ["x", "w"], "b", "pads=1,1,1,1")
        .Node("Concat", ["a", "b"], "j", "axis=1");
}
