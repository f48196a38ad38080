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
        foreach (var (_, names) in _activations)
        {
            foreach (var name in new[] { names.Step, names.ZeroPoint })
                Model.Graph.Input.Add(Scalar(name, TensorData.Type(Model.Graph.Initializer.Single(constant => constant.Name == name))));
        }
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
