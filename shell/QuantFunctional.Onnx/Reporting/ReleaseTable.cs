namespace QuantFunctional.Onnx.Reporting;

/// <summary>
/// Since which release of ONNX Runtime (1.x, told by x) things are as they are today. Each line was found by running the releases;
/// docs/releases.md says how.
/// </summary>
internal static class ReleaseTable
{
    /// <summary>The oldest release that was tried.</summary>
    internal const int OldestTried = 10;

    /// <summary>The newest release that was tried.</summary>
    internal const string NewestTried = "1.31.1";

    /// <summary>The first release that loads an opset and runs its conversions; the first line that reaches it counts.</summary>
    private static readonly (long Opset, int Release)[] Opsets =
        [(15, 10), (16, 11), (17, 12), (18, 14), (19, 16), (20, 17), (21, 18), (22, 21), (23, 23), (25, 24), (26, 25)];

    private static readonly (long Ir, int Release)[] IrVersions = [(8, 10), (9, 15), (10, 18), (11, 23), (13, 24)];

    /// <summary>Integer operators, as ONNX Runtime calls them in the graph that it runs, that are younger than 1.10 or were mended.</summary>
    internal static readonly IReadOnlyDictionary<string, int> Operators = new Dictionary<string, int>
    {
        ["QGemm"] = 11,
        ["QLinearGlobalAveragePool"] = 11,
        ["QLinearSigmoid"] = 11,
        ["QLinearLeakyRelu"] = 11,
        ["QLinearWhere"] = 14,
        // it is there since 1.13, and its table was rounded otherwise
        ["QLinearSoftmax"] = 16,
    };

    /// <summary>int8 activations: Conv and pools of them.</summary>
    internal const int SignedActivations = 11;

    /// <summary>int8 activations of an Add, which older releases made unsigned.</summary>
    internal const int SignedAdd = 15;

    /// <summary>An int8 Softmax, whose 128 became -128, and an int8 DepthToSpace, which was refused.</summary>
    internal const int SignedSoftmaxOrDepthToSpace = 29;

    /// <summary>Two DequantizeLinear of one tensor at an Add, Mul or Concat.</summary>
    internal const int TensorTwiceByTwo = 12;

    /// <summary>One DequantizeLinear at two inputs of an Add, Mul or Concat.</summary>
    internal const int TensorTwiceByOne = 15;

    /// <summary>Outputs of a Split with other parameters than its input's, whose integers were copied.</summary>
    internal const int SplitThatRescales = 17;

    /// <summary>16-bit conversions.</summary>
    internal const int SixteenBits = 17;

    /// <summary>int4 weights, and steps for blocks.</summary>
    internal const int BlocksOrInt4 = 19;

    /// <summary>Rows of a table of int4 and their blocks, gathered by an operator of ONNX Runtime's own.</summary>
    internal const int GatheredBlocks = 20;

    /// <summary>A real bias of a layer on integers.</summary>
    internal const int RealBias = 21;

    /// <summary>A ConvInteger of int8 weights, which was refused.</summary>
    internal const int SignedConvInteger = 24;

    /// <summary>A linear or cubic Resize between conversions, which was computed on integers, and cut off.</summary>
    internal const int ResizeInFloat = 27;

    /// <summary>The first release that loads an opset.</summary>
    internal static int OfOpset(long opset) => First(Opsets, opset);

    /// <summary>The first release that loads a version of the format.</summary>
    internal static int OfIr(long ir) => First(IrVersions, ir);

    private static int First((long Version, int Release)[] table, long wanted) =>
        table.FirstOrDefault(line => line.Version >= wanted, table[^1]).Release;
}
