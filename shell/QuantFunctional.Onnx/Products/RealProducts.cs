using System.Collections.Immutable;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Products;

/// <summary>
/// Products of integers whose sums become real numbers at once: those of dynamic quantization, and layers whose output stays
/// real. ONNX Runtime adds them as it adds those of other layers.
/// </summary>
/// <remarks>
/// Each is a layer with the multiplier 1 that gives its int32 sum; steps are those of the stored integers, so that nothing
/// hangs on the real steps, which dynamic quantization finds anew in each run.
/// </remarks>
internal sealed class RealProducts
{
    private readonly GraphProto _graph;
    private readonly GraphIndex _index;
    private readonly BackendProfile _profile;
    private readonly IReadOnlySet<string> _layers;
    private readonly List<ModelLayer> _found = [];
    private readonly List<FloatNode> _others = [];

    private RealProducts(OnnxModel model, BackendProfile profile, IReadOnlySet<string> layers) =>
        (_graph, _index, _profile, _layers) = (model.Graph, new GraphIndex(model.Graph), profile, layers);

    /// <summary>The products of a model in the order of the data, and those that are no such layer, each with the reason.</summary>
    /// <param name="model">The model as the file has it.</param>
    /// <param name="profile">The target; only ONNX Runtime's have such kernels.</param>
    /// <param name="layers">The names of the layers that give integers, which are none of these.</param>
    internal static (IReadOnlyList<ModelLayer> Products, IReadOnlyList<FloatNode> Others) Of(
        OnnxModel model, BackendProfile profile, IReadOnlySet<string> layers)
    {
        if (!profile.Multiplier.IsSingle24)
            return ([], []);
        var products = new RealProducts(model, profile, layers);
        foreach (var node in products._index.TopologicalOrder)
            products.Look(node);
        return (products._found, products._others);
    }

    private void Look(NodeProto node)
    {
        if (ProductOperands.Of(node, _graph, _index) is not { } operands || _layers.Contains(node.DisplayName()))
            return;
        if (Read(node, operands, out var reason) is { } layer)
            _found.Add(layer);
        else if (reason.Length > 0)
            _others.Add(new FloatNode(node.DisplayName(), node.OpType, reason));
    }

    private ModelLayer? Read(NodeProto node, ProductOperands operands, out string reason)
    {
        reason = "";
        if (_index.Constant(operands.Weight) is not { } data)
        {
            var isSigned = OperandTypes.Of(operands.Weight, _graph, _index) != DataType.Uint8;
            return isSigned ? Refuse("its second operand is not a constant and may be signed", out reason) : null;
        }

        if (TensorData.Type(data) is not (DataType.Int8 or DataType.Uint8))
            return Refuse("its weights are not 8-bit integers", out reason);
        var isConv = node.OpType == "ConvInteger";
        var (input, weight) = (operands.InputType, TensorData.Type(data));
        if (isConv && input == DataType.Int8 && weight == DataType.Uint8)
            return Refuse("signed inputs times unsigned weights are added in pairs in another order", out reason);
        var shape = FSharp.WeightShape.create(
            isConv ? WeightLayout.OIHW : operands.IsTransposed ? WeightLayout.OI : WeightLayout.IO,
            isConv ? (int)node.GetInt("group", 1) : 1,
            [.. data.Dims.Select(size => (int)size)]);
        if (!shape.IsOk)
            return Refuse(shape.ErrorValue.Message, out reason);
        var pairs = !isConv && weight == DataType.Int8 && (input != DataType.Int8 || operands.SignedBecomeUnsigned);
        return Layer(node, operands, data, shape.ResultValue, pairs, out reason);
    }

    private ModelLayer? Layer(
        NodeProto node, ProductOperands operands, TensorProto data, WeightShape shape, bool pairs, out string reason)
    {
        if (StoredWeights.Read(data, operands.WeightZero, shape, _index, out reason) is not { } stored)
            return null;
        var profile = pairs ? _profile : FSharp.BackendProfile.withProducts(ProductSums.InFull, _profile);
        if (pairs && stored.HaveZeroPoint)
        {
            if (!_profile.Products.IsInFull && stored.CanSaturate(shape))
                return Refuse("its int8 weights have a zero point, and pairs of them as stored can saturate", out reason);
            profile = FSharp.BackendProfile.withProducts(ProductSums.InFull, _profile);
        }

        if (stored.Differences() is not { } weights)
        {
            return stored.FitInt32(shape)
                ? null // unsigned weights, which are added in full
                : Refuse("a weight lies farther from its zero point than 8 bits hold", out reason);
        }

        if (Bias(operands.Bias, shape.Channels) is not { } bias)
            return Refuse("its bias is not one int32 constant for each output channel", out reason);
        var integers = new IntegerLayer(
            profile,
            ActivationPath.Int8,
            node.OpType == "ConvInteger" ? LayerGeometry.Of(node, shape.KernelSizes, []) : FSharp.Geometry.plain(0),
            Steps(operands.InputZero(_index), ScalarType.Int8),
            Steps(0, ScalarType.Int32),
            weights,
            shape,
            bias,
            FSharp.Channelwise.perTensor(1),
            FSharp.Channelwise.perTensor(0),
            FSharp.Channelwise.perTensor(0),
            0,
            new Interval(int.MinValue, int.MaxValue));
        return new ModelLayer(node.DisplayName(), node.OpType, integers, FSharp.Channelwise.perTensor(1.0), null);
    }

    private ImmutableArray<long>? Bias(string tensor, int channels)
    {
        if (tensor.Length == 0)
            return [.. Enumerable.Repeat(0L, channels)];
        return _index.Constant(tensor) is { } bias && TensorData.Type(bias) == DataType.Int32 && TensorData.Count(bias) == channels
            ? [.. TensorData.Integers(bias)]
            : null;
    }

    private static Encoding Steps(int zeroPoint, ScalarType type) =>
        FSharp.Encoding.ofStep(1, zeroPoint, type).ResultValue;

    private static ModelLayer? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }
}
