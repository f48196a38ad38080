using System.Globalization;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>Finds the oldest release of ONNX Runtime for a quantized file: that of its youngest part.</summary>
/// <remarks>
/// What only moves, chooses or compares gives the same in float, so that only its opset counts. An operator without an entry in
/// <see cref="ReleaseTable"/> has been the same in all releases that were tried.
/// </remarks>
internal sealed class Releases
{
    private readonly OnnxModel _model;
    private readonly GraphIndex _index;
    private readonly List<(int Release, string Because)> _needs = [];

    private Releases(OnnxModel model) => (_model, _index) = (model, new GraphIndex(model.Graph));

    /// <summary>The oldest release for a file.</summary>
    /// <param name="model">A quantized model, as the file holds it.</param>
    /// <param name="operators">Its operators as ONNX Runtime runs them.</param>
    internal static OldestRelease Of(OnnxModel model, IReadOnlyList<OperatorCount> operators)
    {
        var releases = new Releases(model);
        releases.Look(operators);
        var (release, because) = releases._needs.MaxBy(need => need.Release);
        return new OldestRelease(
            string.Create(CultureInfo.InvariantCulture, $"1.{release}"),
            because,
            ReleaseTable.NewestTried,
            GivesSameIntegers: !operators.Any(o => o.Operator == "MatMulNBits"));
    }

    /// <summary>The oldest release for a file of which the weights alone are integers, whether or not it was looked at in ONNX Runtime.</summary>
    internal static OldestRelease OfWeightsAlone(OnnxModel model) => Of(model, []) with { GivesSameIntegers = false };

    private void Look(IReadOnlyList<OperatorCount> operators)
    {
        Need(ReleaseTable.OldestTried, "");
        foreach (var used in operators)
        {
            if (ReleaseTable.Operators.TryGetValue(used.Operator, out var since))
                Need(since, used.Operator);
        }

        Need(ReleaseTable.OfOpset(_model.Opset), Invariant($"opset {_model.Opset}"));
        Need(ReleaseTable.OfIr(_model.Proto.IrVersion), Invariant($"version {_model.Proto.IrVersion} of the format"));
        foreach (var node in GraphWalk.Nodes(_model.Graph))
            Look(node);
    }

    private void Look(NodeProto node)
    {
        var called = $"{node.OpType} {node.DisplayName()}";
        if (IsConversion(node))
            LookAtConversion(node);
        else if (node.OpType is "Add" or "Mul" or "Concat" && HasTensorTwice(node) is { } release)
            Need(release, $"{called} reads one tensor twice");
        else if (node.OpType is "Conv" or "Gemm" or "Add" && HasRealBias(node))
            Need(ReleaseTable.RealBias, $"{called} has a real bias");
        else if (node.Is("Resize") && node.GetString("mode", "nearest") != "nearest" && IsBetweenConversions(node))
            Need(ReleaseTable.ResizeInFloat, $"{called} is {node.GetString("mode", "")}");
        else if (node.Is("Split") && IsBetweenConversions(node) && Rescales(node))
            Need(ReleaseTable.SplitThatRescales, $"{called} rescales");
        else if (node.OpType == "GatherBlockQuantized")
            Need(ReleaseTable.GatheredBlocks, $"{called} gathers int4");
        else if (node.OpType == "ConvInteger" && _index.Initializer(node.InputOrEmpty(1)) is { } weight && TensorData.Type(weight) == DataType.Int8)
            Need(ReleaseTable.SignedConvInteger, $"{called} has int8 weights");
        if (ReleaseOfSigned(node) is { } signed && IsSigned(node))
            Need(signed, $"{called} works on int8");
    }

    private void LookAtConversion(NodeProto node)
    {
        if (TypeOf(node) is DataType.Int16 or DataType.Uint16)
            Need(ReleaseTable.SixteenBits, "16-bit conversions");
        if (TypeOf(node) is DataType.Int4 or DataType.Uint4 || node.GetInt("block_size", 0) != 0)
            Need(ReleaseTable.BlocksOrInt4, "blocks or int4 weights");
    }

    private void Need(int release, string because) => _needs.Add((release, because));

    private static int? ReleaseOfSigned(NodeProto node) => node.OpType switch
    {
        "Softmax" or "DepthToSpace" => ReleaseTable.SignedSoftmaxOrDepthToSpace,
        "Add" => ReleaseTable.SignedAdd,
        "Conv" or "AveragePool" or "GlobalAveragePool" or "Resize" => ReleaseTable.SignedActivations,
        _ => null,
    };

    private static bool IsConversion(NodeProto node) => node.OpType is "QuantizeLinear" or "DequantizeLinear";

    private NodeProto? Dequantizer(string tensor) =>
        _index.Producer(tensor) is { OpType: "DequantizeLinear" } conversion ? conversion : null;

    private NodeProto? Quantizer(string tensor) =>
        _index.Consumers(tensor).FirstOrDefault(reader => reader.OpType == "QuantizeLinear");

    private bool IsBetweenConversions(NodeProto node) =>
        Dequantizer(node.InputOrEmpty(0)) is not null && Quantizer(node.Output[0]) is not null;

    private DataType? TypeOf(NodeProto conversion) =>
        _index.Initializer(conversion.InputOrEmpty(2)) is { } zero ? TensorData.Type(zero)
        : _index.Initializer(conversion.Input[0]) is { } constant ? TensorData.Type(constant)
        : null;

    private bool IsSigned(NodeProto node) =>
        IsBetweenConversions(node) && TypeOf(Dequantizer(node.Input[0])!) == DataType.Int8;

    private int? HasTensorTwice(NodeProto node)
    {
        if (Quantizer(node.Output[0]) is null)
            return null;
        if (node.Input.Distinct().Count() < node.Input.Count && Dequantizer(node.Input[0]) is not null)
            return ReleaseTable.TensorTwiceByOne;
        var integers = node.Input.Select(input => Dequantizer(input)?.Input[0]).OfType<string>().ToList();
        return integers.Distinct().Count() < integers.Count ? ReleaseTable.TensorTwiceByTwo : null;
    }

    /// <summary>Whether ONNX Runtime itself makes integers of a constant that is added.</summary>
    private bool HasRealBias(NodeProto node)
    {
        if (Quantizer(node.Output[0]) is null)
            return false;
        return node.OpType == "Add"
            ? node.Input.Any(input => _index.Initializer(input) is not null)
                && node.Input.Select(_index.Producer).Any(maker => maker is not null && maker.Is("MatMul") && HasIntegers(maker))
            : HasIntegers(node) && _index.Initializer(node.InputOrEmpty(2)) is { } bias && TensorData.IsReal(bias);
    }

    private bool HasIntegers(NodeProto node) =>
        Dequantizer(node.InputOrEmpty(0)) is not null && Dequantizer(node.InputOrEmpty(1)) is not null;

    private bool Rescales(NodeProto split)
    {
        var given = Dequantizer(split.Input[0])!;
        return split.Output.Select(Quantizer).OfType<NodeProto>().Any(made =>
            made.Input[1] != given.Input[1] || made.InputOrEmpty(2) != given.InputOrEmpty(2));
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
