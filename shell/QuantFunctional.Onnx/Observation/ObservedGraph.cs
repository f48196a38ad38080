using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>
/// A model as calibration runs it: the observed tensors are its outputs, and its inputs have the samples' shapes where these are
/// all alike.
/// </summary>
internal static class ObservedGraph
{
    /// <summary>A changed copy of the model.</summary>
    /// <remarks>
    /// With inputs of known shape ONNX Runtime knows the shape of nearly every tensor, so that the outputs can be
    /// allocated once. What only the model's own outputs need, it leaves out.
    /// </remarks>
    public static OnnxModel Of(OnnxModel model, IReadOnlyList<string> tensors, IReadOnlyList<InputBuffer> inputs)
    {
        var copy = model.Clone();
        foreach (var input in copy.Inputs)
        {
            input.Type.TensorType.Shape = null;
            if (inputs.Single(buffer => buffer.Name == input.Name).Dims is not { } dims)
                continue;
            input.Type.TensorType.Shape = new TensorShapeProto();
            foreach (var dim in dims)
            {
                input.Type.TensorType.Shape.Dim.Add(
                    dim < 0 ? new TensorShapeProto.Types.Dimension() : new TensorShapeProto.Types.Dimension { DimValue = dim });
            }
        }

        if (tensors.Count > 0)
        {
            // a declared shape may speak of a free batch, so the observed tensors are listed by name only
            copy.Graph.Output.Clear();
            foreach (var tensor in tensors)
                copy.Graph.Output.Add(new ValueInfoProto { Name = tensor });
        }

        return copy;
    }
}
