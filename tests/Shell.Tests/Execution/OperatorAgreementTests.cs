using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Execution;

/// <summary>Operators between layers give ONNX Runtime's integers, bit for bit.</summary>
public class OperatorAgreementTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    /// <summary>Steps and zero points of one's own for each seed: odd zero points, and steps that are not alike.</summary>
    private sealed class Parameters(int seed)
    {
        private readonly Random _random = new(seed);

        internal bool Signed { get; } = seed % 3 == 0;

        internal float Step() => 0.005f + (0.05f * _random.NextSingle());

        internal int Zero() => Signed ? _random.Next(-128, 128) : _random.Next(0, 256);
    }

    private static ModelBuilder Behind(ModelBuilder model, string tensor, string output, Parameters p) =>
        model.Pair(tensor, output, p.Step(), p.Zero(), p.Signed);

    private static ModelBuilder Unary(int seed, long[] dims, Action<ModelBuilder> node)
    {
        var p = new Parameters(seed);
        var model = Behind(new ModelBuilder().Input("x", dims), "x", "xq", p);
        node(model);
        return Behind(model, "y", "yq", p).Output("yq", [.. dims.Select(_ => -1L)]);
    }

    private static void Binary(int seed, string operation, long[] one, long[] other)
    {
        var p = new Parameters(seed);
        var model = new ModelBuilder().Input("a", one).Input("b", other);
        Behind(Behind(model, "a", "aq", p), "b", "bq", p).Node(operation, ["aq", "bq"], "y");
        Behind(model, "y", "yq", p).Output("yq", [.. one.Select(_ => -1L)]).ExpectIntegerKernels();
        model.ExpectAgreement(seed: seed);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Add_of_two_activations(int seed) => Binary(seed, "Add", [2, 3, 48, 48], [2, 3, 48, 48]);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Add_with_one_operand_repeated(int seed)
    {
        Binary(seed, "Add", [2, 3, 32, 32], [3, 1, 1]);
        Binary(seed, "Add", [1, 3, 1, 1], [2, 3, 32, 32]);
        Binary(seed, "Add", [2, 1, 32, 32], [1, 3, 1, 32]);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mul_of_two_activations(int seed) => Binary(seed, "Mul", [2, 3, 16, 16], [2, 3, 16, 16]);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mul_with_one_operand_repeated(int seed) => Binary(seed, "Mul", [2, 3, 16, 16], [1, 3, 1, 16]);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Sigmoid(int seed) => Unary(seed, [4, 256], m => m.Node("Sigmoid", ["xq"], "y")).ExpectAgreement(-8, 8);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void LeakyRelu(int seed) =>
        Unary(seed, [4, 256], m => m.Node("LeakyRelu", ["xq"], "y", "alpha=0.3")).ExpectAgreement(-8, 8);

    [Theory]
    [InlineData("kernel_shape=2,2 strides=2,2")]
    [InlineData("kernel_shape=3,3 strides=1,1 pads=1,1,1,1")]
    [InlineData("kernel_shape=3,3 strides=2,2 pads=1,1,1,1 count_include_pad=1")]
    [InlineData("kernel_shape=3,2 strides=2,3 ceil_mode=1")]
    [InlineData("kernel_shape=3,3 strides=2,2 auto_pad=SAME_UPPER")]
    [InlineData("kernel_shape=8,8")]
    public void AveragePool(string attributes)
    {
        foreach (var seed in Enumerable.Range(1, 12))
            Unary(seed, [1, 3, 12, 12], m => m.Node("AveragePool", ["xq"], "y", attributes)).ExpectAgreement(seed: seed);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void GlobalAveragePool(int seed) =>
        Unary(seed, [2, 5, 7, 9], m => m.Node("GlobalAveragePool", ["xq"], "y")).ExpectAgreement(seed: seed);

    [Theory]
    [InlineData("kernel_shape=2,2 strides=2,2")]
    [InlineData("kernel_shape=3,3 strides=2,2 pads=1,1,1,1")]
    [InlineData("kernel_shape=3,3 strides=2,2 ceil_mode=1")]
    [InlineData("kernel_shape=2,2 dilations=2,2")]
    public void MaxPool(string attributes)
    {
        var model = new ModelBuilder().Input("x", 1, 3, 12, 12).Pair("x", "xq", 0.03f, 101)
            .Node("MaxPool", ["xq"], "y", attributes)
            .Node("QuantizeLinear", ["y", "xq.step", "xq.zero"], "y.integers")
            .Node("DequantizeLinear", ["y.integers", "xq.step", "xq.zero"], "yq");
        model.Output("yq", -1, -1, -1, -1).ExpectAgreement();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Concat_of_unlike_steps(int seed)
    {
        var p = new Parameters(seed);
        var model = new ModelBuilder().Input("a", 2, 3, 8).Input("b", 2, 5, 8);
        Behind(Behind(model, "a", "aq", p), "b", "bq", p).Node("Concat", ["aq", "bq"], "y", "axis=1");
        Behind(model, "y", "yq", p).Output("yq", -1, -1, -1).ExpectAgreement(seed: seed);
    }

    [Theory]
    [InlineData(1, 10, -1)]
    [InlineData(2, 3, -1)]
    [InlineData(3, 257, -1)]
    [InlineData(4, 10, 1)]
    [InlineData(5, 1000, -1)]
    [InlineData(6, 2, 1)]
    public void Softmax(int seed, int count, int axis)
    {
        foreach (var run in Enumerable.Range(0, 8))
        {
            var p = new Parameters((seed * 100) + (run * 3) + 1);
            var dims = axis == 1 ? new long[] { 2, count, 5 } : [20, count];
            var model = Behind(new ModelBuilder().Input("x", dims), "x", "xq", p).Node("Softmax", ["xq"], "y", $"axis={axis}");
            model.Pair("y", "yq", 1f / 256, p.Signed ? -128 : 0, p.Signed).Output("yq", [.. dims.Select(_ => -1L)]).ExpectAgreement(-6, 6, seed);
        }
    }

    // rows on which the logarithm in the table's shift shows whether it is rounded to float32
    [Theory]
    [InlineData(0.0673f, 224, 242, 248, 136, 137, 137, 85)]
    [InlineData(0.0673f, 196, 255, 93, 75, 234, 99, 219)]
    [InlineData(0.0404f, 166, 62, 172)]
    [InlineData(0.0404f, 75, 179, 185)]
    [InlineData(0.0286f, 148, 94, 207, 102, 93, 149, 231, 178, 193, 127)]
    [InlineData(0.0286f, 221, 150, 203, 159, 96, 204, 106, 132, 129, 95)]
    [InlineData(0.0313f, 195, 73, 126, 95, 88)]
    [InlineData(0.0313f, 126, 169, 198, 113, 195)]
    public void Softmax_of_rows_next_to_a_tie(float step, params int[] row)
    {
        var model = SoftmaxInSteps(1, row.Length, step).Build();
        model.ExpectAgreement(new Dictionary<string, FloatTensor>
        {
            ["x"] = new([1, row.Length], [.. row.Select(stored => (stored - 128) * step)]),
        });
    }

    [Theory]
    [InlineData(3, 0.0404f)]
    [InlineData(5, 0.0313f)]
    [InlineData(7, 0.0673f)]
    [InlineData(10, 0.0286f)]
    [InlineData(1000, 0.0777f)]
    public void Softmax_of_many_elements(int count, float step) =>
        SoftmaxInSteps(100_000 / count, count, step).ExpectAgreement(-2, 6, count);

    private static ModelBuilder SoftmaxInSteps(int rows, int count, float step) =>
        new ModelBuilder().Input("x", rows, count).Pair("x", "xq", step, 128).Node("Softmax", ["xq"], "y", "axis=-1")
            .Pair("y", "yq", 1f / 256, 0).Output("yq", -1, -1);

    [Fact]
    public void A_relu_and_a_clip_become_a_range()
    {
        foreach (var seed in Enumerable.Range(1, 10))
        {
            var model = new ModelBuilder().Input("a", 2, 40).Input("b", 2, 40).Pair("a", "aq", 0.03f, 90).Pair("b", "bq", 0.02f, 101)
                .Node("Add", ["aq", "bq"], "sum").Node("Relu", ["sum"], "y").Pair("y", "yq", 0.02f, 0);
            model.Output("yq", 2, 40).ExpectAgreement(seed: seed);
        }
    }
}
