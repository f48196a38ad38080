using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>A tensor that a quantized model holds in integers.</summary>
/// <param name="Switch">The input of the rounded graph that rounds it.</param>
/// <param name="Tensor">The tensor; of weights the initializer.</param>
/// <param name="WeightsOf">The layer whose weights it is; null for an activation.</param>
internal sealed record RoundedTensor(string Switch, string Tensor, NodeProto? WeightsOf);

/// <summary>
/// The float model with a switch, an input of one bool, for each quantized tensor: on, its readers read what the integers stand
/// for.
/// </summary>
internal sealed class RoundedGraph : RoundingGraph
{
    private readonly List<RoundedTensor> _tensors = [];

    /// <summary>Makes it of a planned network.</summary>
    internal RoundedGraph(PlannedNetwork network)
        : base(network)
    {
        Model = Write();
        foreach (var tensor in Tensors)
            Model.Graph.Input.Add(Scalar(tensor.Switch, TensorProto.Types.DataType.Bool));
    }

    /// <summary>The model.</summary>
    internal OnnxModel Model { get; }

    /// <summary>The tensors in the order of the data, each layer's weights before what it makes.</summary>
    internal IReadOnlyList<RoundedTensor> Tensors => _tensors;

    /// <inheritdoc/>
    protected override string Rounded(string tensor, string real, EncodingNames names, string? result)
    {
        var rounded = Writer.Pair(real, names, tensor);
        return Chosen(Switch(tensor, weightsOf: null), tensor, rounded, real, result);
    }

    /// <inheritdoc/>
    protected override (string Weights, string? Bias) Rounded(FoundLayer layer, string weights, string? bias)
    {
        // what corrects the rounding of the weights stands with these alone
        var (name, isRounded) = (layer.Weight.Name, Switch(layer.Weight.Name, layer.Node));
        var own = bias is null ? null : Bias(layer, layer.Bias.Length > 0 ? layer.Bias : new float[layer.Channels]);
        return (
            Chosen(isRounded, name, weights, name, result: null),
            bias is null ? null : Chosen(isRounded, bias, bias, own!, result: null));
    }

    private string Switch(string tensor, NodeProto? weightsOf)
    {
        var name = Writer.Fresh($"{tensor}_is_rounded");
        _tensors.Add(new RoundedTensor(name, tensor, weightsOf));
        return name;
    }

    private string Chosen(string isRounded, string tensor, string rounded, string real, string? result)
    {
        result ??= Writer.Fresh($"{tensor}_chosen");
        Writer.Node("Where", Writer.Fresh($"{tensor}_Where"), [isRounded, rounded, real], result);
        return result;
    }
}
