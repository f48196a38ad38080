using System.Globalization;
using System.Text.RegularExpressions;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reporting;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>The oldest release of ONNX Runtime that gives a file's integers; tests/Processors runs the releases.</summary>
public class OldestReleaseTests
{
    private const sbyte Zero = 0;

    private static ModelBuilder Dense(long opset = 13, long ir = 7) =>
        new ModelBuilder(opset, ir).Input("x", -1, 3, 8, 8).Conv("x", "a", 3, 4);

    private static ModelBuilder Between(string opType, string attributes = "", params string[] inputs) => Dense()
        .Node(opType, inputs.Length > 0 ? inputs : ["a"], "b", node => node.Set(attributes)).Conv("b", "y", 4, 2).Output("y", -1, 2, 8, 8);

    public static TheoryData<string, string> Operators => new()
    {
        { "Tanh", "1.10" },
        { "LeakyRelu", "1.11" },
        { "Sigmoid", "1.11" },
        { "Softmax", "1.16" },
        { "MaxPool", "1.10" },
        { "Transpose", "1.10" },
    };

    [Theory]
    [MemberData(nameof(Operators))]
    public void An_operator_that_runs_on_integers_counts_and_one_that_moves_does_not(string opType, string version)
    {
        var model = Between(opType, opType switch
        {
            "MaxPool" => "kernel_shape=3,3 pads=1,1,1,1",
            "Transpose" => "perm=0,1,3,2",
            _ => "",
        });

        var oldest = Quantized.Of(model).Report.OldestRelease;

        Assert.Equal(version, oldest.Version);
        Assert.True(oldest.GivesSameIntegers);
        Assert.Equal(version == "1.10" ? "" : $"QLinear{opType}", oldest.Because);
    }

    [Theory]
    [InlineData("Add")]
    [InlineData("Mul")]
    [InlineData("Concat")]
    public void A_tensor_that_is_read_twice_is_dequantized_twice_which_releases_from_1_12_on_take(string opType)
    {
        var model = Dense().Node(opType, ["a", "a"], "b", node => node.Set(opType == "Concat" ? "axis=1" : ""))
            .Conv("b", "y", opType == "Concat" ? 8 : 4, 2).Output("y", -1, 2, 8, 8);

        var result = Quantized.Of(model);

        Assert.Equal("1.12", result.Report.OldestRelease.Version);
        var join = result.Model.Graph.Node.Single(node => node.OpType == opType);
        Assert.NotEqual(join.Input[0], join.Input[1]);
        Assert.Contains(result.Report.Operators, used => used.Operator == $"QLinear{opType}");
    }

    [Fact]
    public void A_tensor_that_another_tool_dequantizes_once_asks_for_1_15() => Assert.Equal("1.15", OfFile(new ModelBuilder(13, 7)
        .Input("x", 1, 4).Pair("x", "xq", 0.02f, 7).Node("Add", ["xq", "xq"], "a").Pair("a", "y", 0.04f, 9).Output("y", 1, 4)).Version);

    [Theory]
    [InlineData(13, 8, "1.10")]
    [InlineData(17, 8, "1.12")]
    [InlineData(18, 8, "1.14")]
    [InlineData(19, 9, "1.16")]
    [InlineData(20, 9, "1.17")]
    [InlineData(21, 10, "1.18")]
    [InlineData(22, 10, "1.21")]
    [InlineData(13, 9, "1.15")]
    public void Opsets_and_versions_of_the_format_count_from_the_release_that_loads_them(long opset, long ir, string version) =>
        Assert.Equal(version, Quantized.Of(Dense(opset, ir).Output("a", -1, 4, 8, 8)).Report.OldestRelease.Version);

    [Fact]
    public void Other_tools_files_are_judged_by_what_they_hold()
    {
        Assert.Equal("1.21", OfFile(Layer(model => model.Floats("b", [1], 0.5f), ["xq", "w", "b"])).Version);
        Assert.Equal("1.11", OfFile(Layer(model => model.Bias("b", [5], [0.0002f]), ["xq", "w", "b"])).Version);
        Assert.Equal("1.27", OfFile(Resized("linear")).Version);
        Assert.Equal("1.10", OfFile(Resized("nearest")).Version);
        Assert.Equal("1.29", OfFile(Signed("Softmax")).Version);
        Assert.Equal("1.17", OfFile(new ModelBuilder(13, 7).Input("x", 1, 4).Pair("x", "xq", 0.02f, 7)
            .Longs("parts", 2, 2).Node("Split", ["xq", "parts"], ["a", "b"], node => node.SetInt("axis", 1))
            .Pair("a", "y", 0.02f, 7).Pair("b", "z", 0.03f, 9).Output("y", 1, 2).Output("z", 1, 2)).Version);
        Assert.Equal("1.24", OfFile(new ModelBuilder(13, 7).Input("x", TensorProto.Types.DataType.Uint8, 1, 1, 4, 4)
            .Initializer(TensorData.Make("w", [1, 1, 3, 3], new sbyte[9])).Node("ConvInteger", ["x", "w"], "y")
            .Output("y", TensorProto.Types.DataType.Int32, 1, 1, 2, 2)).Version);
    }

    [Theory]
    [InlineData("int8", null, "1.10")]
    [InlineData("int8", 32, "1.19")]
    [InlineData("int4", null, "1.19")]
    public async Task Weights_alone_are_loaded_from_a_release_on_and_give_no_promised_integers(string type, int? block, string version)
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder(13, 7).Input("x", -1, 64).Gemm("x", "y", 64, 8).Output("y", -1, 8);
        var report = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = folder.Write("m.onnx", model.Build().ToBytes()),
            Type = type == "int4" ? WeightType.Int4 : WeightType.Int8,
            BlockSize = block,
        });

        Assert.Equal(version, report.OldestRelease.Version);
        Assert.False(report.OldestRelease.GivesSameIntegers);
        Assert.Contains("session.qdq_matmulnbits_accuracy_level", report.OldestRelease.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_float_model_has_none()
    {
        var inspected = await OnnxQuantizer.InspectAsync(Dense().Output("a", -1, 4, 8, 8).Build().ToBytes());

        Assert.Null(inspected.OldestRelease);
    }

    /// <summary>docs/releases.md says of each operator, opset and version what the code counts with.</summary>
    [Fact]
    public void The_page_says_what_the_table_says()
    {
        var page = File.ReadAllText(Path.Combine(Shared.Repository, "docs", "releases.md"));
        foreach (var (opType, release) in ReleaseTable.Operators)
            Assert.Matches($@"\| [^|]*\b{opType}\b[^|]* \| 1\.{release} \|", page);
        var table = Regex.Match(page, @"\| opset \| from .*?\n\n", RegexOptions.Singleline).Value;
        Assert.Equal(
            Enumerable.Range(15, 12).Select(opset => (opset, ReleaseTable.OfOpset(opset))),
            Lines(table).Where(line => line.Version >= 15).OrderBy(line => line.Version));
        Assert.Equal(
            Enumerable.Range(8, 6).Select(ir => (ir, ReleaseTable.OfIr(ir))),
            Lines(table).Where(line => line.Version < 15).OrderBy(line => line.Version));
    }

    private static IEnumerable<(int Version, int Release)> Lines(string table) => Regex
        .Matches(table, @"(\d+)(?:, (\d+))? \| 1\.(\d+)")
        .SelectMany(cell => new[] { cell.Groups[1], cell.Groups[2] }
            .Where(version => version.Success)
            .Select(version => (Number(version), Number(cell.Groups[3]))));

    private static int Number(Group digits) => int.Parse(digits.Value, CultureInfo.InvariantCulture);

    private static OldestRelease OfFile(ModelBuilder model) =>
        OnnxQuantizer.InspectAsync(model.Build().ToBytes()).GetAwaiter().GetResult().OldestRelease!;

    private static ModelBuilder Layer(Action<ModelBuilder> bias, string[] inputs)
    {
        var model = new ModelBuilder(13, 7).Input("x", 1, 2).Pair("x", "xq", 0.02f, 0).Weights("w", [2, 1], [64, 5], [0.01f], 1);
        bias(model);
        return model.Node("Gemm", inputs, "p").Pair("p", "y", 0.1f, 0).Output("y", 1, 1);
    }

    private static ModelBuilder Resized(string mode) => new ModelBuilder(13, 7)
        .Input("x", 1, 1, 4, 4).Pair("x", "xq", 0.02f, 7).Floats("scales", [4], 1, 1, 2, 2)
        .Node("Resize", ["xq", "", "scales"], "a", node => node.SetString("mode", mode)).Pair("a", "y", 0.02f, 7).Output("y", 1, 1, 8, 8);

    private static ModelBuilder Signed(string opType) => new ModelBuilder(13, 7)
        .Input("x", 1, 4).Pair("x", "xq", 0.02f, Zero, signed: true).Node(opType, ["xq"], "a")
        .Pair("a", "y", 1 / 256f, -128, signed: true).Output("y", 1, 4);
}
