namespace QuantFunctional.Onnx.Judging;

/// <summary>What becomes of an operator on float32 data.</summary>
internal enum Treatment
{
    /// <summary>Runs on integers wherever it stands.</summary>
    Integers,

    /// <summary>Runs on integers where integers stand on both sides of it.</summary>
    BetweenIntegers,

    /// <summary>Vanishes into the saturation of what stands before it.</summary>
    Absorbed,

    /// <summary>Is written as other operators, and they are what runs.</summary>
    Rewritten,

    /// <summary>Is nothing at run time.</summary>
    Removed,
}

/// <summary>A row of the table of operators.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Treatment">What becomes of it.</param>
/// <param name="Kernel">How it runs on integers; null where it does not as such.</param>
/// <param name="Data">The inputs that are read as integers.</param>
/// <param name="Note">Under which conditions, and what it becomes.</param>
/// <param name="OnStored">Whether it is written right on the stored integers, since ONNX Runtime has an 8-bit kernel but does not fuse it.</param>
internal sealed record OperatorRule(
    string Operator, Treatment Treatment, IntegerKernel? Kernel, Range Data, string Note, bool OnStored = false);

/// <summary>The table of operators: what <see cref="KernelRules"/> judges by, and what docs/operators.md shows.</summary>
internal static class OperatorRules
{
    private const string Function = "a table of 256 entries: an output step at which no value lies near a tie";
    private const string Fixed = "in float32 between conversions, where every processor gives the same";

    private static readonly Range One = ..1;

    /// <summary>All rows; what is in none of them stays in float.</summary>
    internal static IReadOnlyList<OperatorRule> All { get; } =
    [
        .. Layers(), .. Computing(), .. Moving(), .. Functions(), .. Written(),
    ];

    private static readonly Dictionary<string, OperatorRule> ByOperator = All.ToDictionary(rule => rule.Operator);

    /// <summary>The row of an operator of the default domain; null where it stays in float.</summary>
    internal static OperatorRule? Of(string opType) => ByOperator.GetValueOrDefault(opType);

    private static IEnumerable<OperatorRule> Layers() =>
    [
        Integer("Conv", IntegerKernel.Layer, One, "constant weights, 1-D to 3-D, grouped, depthwise, dilated"),
        Integer("Gemm", IntegerKernel.Layer, One, "a constant matrix; alpha, beta and a constant bias are folded in, transA is a Transpose, another third input an Add; without a constant it is a MatMul"),
        Integer("MatMul", IntegerKernel.Layer, One, "a constant matrix on either side, or several as a grouped Conv; of two activations a product with an output step of its own"),
    ];

    private static IEnumerable<OperatorRule> Computing() =>
    [
        Integer("Add", IntegerKernel.Requantizes, ..2, "not under the root of a normalization that is written out"),
        Integer("Mul", IntegerKernel.Requantizes, ..2, ""),
        Integer("Where", IntegerKernel.Requantizes, 1..3, ""),
        Integer("AveragePool", IntegerKernel.Requantizes, One, "without dilations, and without windows beyond counted pads"),
        Integer("GlobalAveragePool", IntegerKernel.Requantizes, One, ""),
        Integer("Sigmoid", IntegerKernel.Requantizes, One, ""),
        Integer("LeakyRelu", IntegerKernel.Requantizes, One, ""),
        Integer("Softmax", IntegerKernel.Softmax, One, "scores of which a step is at most 1"),
        Integer("Concat", IntegerKernel.Joins, .., "parts that one encoding suits"),
        Integer("ArgMax", IntegerKernel.ReadsOnly, One, ""),
        Between("Sub", IntegerKernel.Requantizes, ..2, $"of a constant as an Add; else {Fixed}"),
        Between("Div", IntegerKernel.Requantizes, ..2, $"by a constant as a Mul; else {Fixed}, and divisors away from 0"),
        Between("Max", IntegerKernel.Requantizes, .., $"with one constant as a Relu or Clip; else {Fixed}"),
        Between("Min", IntegerKernel.Requantizes, .., $"with one constant as a Clip; else {Fixed}"),
        Between("PRelu", IntegerKernel.Requantizes, One, $"a constant slope; {Fixed}"),
    ];

    private static IEnumerable<OperatorRule> Moving() =>
    [
        Moves("MaxPool", "its indices are not read"),
        Moves("Reshape"), Moves("Flatten"), Moves("Transpose"), Moves("Squeeze"), Moves("Unsqueeze"), Moves("Expand"),
        Moves("Tile"), Moves("Slice"), Moves("Gather"), Moves("GatherElements"), Moves("Split"), Moves("DepthToSpace"),
        Moves("Resize", "to the nearest, not tf_crop_and_resize"), Moves("ReduceMax"), Moves("ReduceMin"), Moves("TopK"),
        Moves("Compress", onStored: true), Moves("ReverseSequence", onStored: true), Moves("GatherND", onStored: true),
        Moves("Pad", "with 0, or with what is there; zeros before a Conv become its own pads", onStored: true),
    ];

    private static IEnumerable<OperatorRule> Functions() => RealFunctions.Operators.Select(function => Between(
        function,
        IntegerKernel.Table,
        One,
        (function == "Pow" ? "a constant exponent; " : "") + Function));

    private static IEnumerable<OperatorRule> Written() =>
    [
        new("Relu", Treatment.Absorbed, IntegerKernel.Requantizes, One, "by saturation; elsewhere as a LeakyRelu of slope 0"),
        new("Clip", Treatment.Absorbed, IntegerKernel.Requantizes, One, "constant bounds around 0; with the lower bound 0 elsewhere as a LeakyRelu of slope 0"),
        new("ConvTranspose", Treatment.Rewritten, null, One, "as the Conv that it is, constant weights; --keep-transposed leaves it"),
        new("Sum", Treatment.Rewritten, null, .., "as Add"),
        new("Mean", Treatment.Rewritten, null, .., "as Add and Mul"),
        new("GlobalMaxPool", Treatment.Rewritten, null, One, "as ReduceMax"),
        new("SpaceToDepth", Treatment.Rewritten, null, One, "as Reshape and Transpose"),
        new("ReduceMean", Treatment.Rewritten, null, One, "over all spatial axes as GlobalAveragePool"),
        new("BatchNormalization", Treatment.Rewritten, null, One, "folded into the layer before it, or into one behind it that does not pad"),
        new("Einsum", Treatment.Rewritten, null, .., "where it is a product as MatMul"),
        new("Swish", Treatment.Rewritten, null, One, "as Sigmoid and Mul"),
        new("Upsample", Treatment.Rewritten, null, One, "as Resize"),
        new("Identity", Treatment.Removed, null, One, ""),
        new("Dropout", Treatment.Removed, null, One, "unless it trains"),
        new("Constant", Treatment.Removed, null, One, "as an initializer"),
    ];

    private static OperatorRule Integer(string operation, IntegerKernel kernel, Range data, string note) =>
        new(operation, Treatment.Integers, kernel, data, note);

    private static OperatorRule Between(string operation, IntegerKernel kernel, Range data, string note) =>
        new(operation, Treatment.BetweenIntegers, kernel, data, note);

    private static OperatorRule Moves(string operation, string note = "", bool onStored = false) =>
        new(operation, Treatment.Integers, IntegerKernel.Moves, One, note, onStored);
}
