using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>
/// The float model with every quantized tensor rounded. The step and the zero point of each activation are inputs that need not be
/// fed, so that other encodings can be tried.
/// </summary>
internal sealed class MeasuredGraph : RoundingGraph
{
    private readonly List<(string Tensor, EncodingNames Parameters)> _activations = [];

    /// <summary>Makes it of a planned network.</summary>
    internal MeasuredGraph(PlannedNetwork network)
        : base(network)
    {
        Model = Write();
        // what is read in a branch alone lies in it, and cannot be fed
        var types = Model.Graph.Initializer.ToDictionary(constant => constant.Name, TensorData.Type);
        _activations.RemoveAll(activation => !types.ContainsKey(activation.Parameters.Step) || !types.ContainsKey(activation.Parameters.ZeroPoint));
        foreach (var name in _activations.SelectMany(activation => new[] { activation.Parameters.Step, activation.Parameters.ZeroPoint }))
            Model.Graph.Input.Add(Scalar(name, types[name]));
    }

    /// <summary>The model.</summary>
    internal OnnxModel Model { get; }

    /// <summary>The activations in the order of the data, each with the inputs of its encoding.</summary>
    internal IReadOnlyList<(string Tensor, EncodingNames Parameters)> Activations => _activations;

    /// <inheritdoc/>
    protected override string Rounded(string tensor, string real, EncodingNames names, string? result)
    {
        _activations.Add((tensor, names));
        return Writer.Pair(real, names, tensor, result);
    }

    /// <inheritdoc/>
    protected override (string Weights, string? Bias) Rounded(FoundLayer layer, string weights, string? bias) => (weights, bias);
}
