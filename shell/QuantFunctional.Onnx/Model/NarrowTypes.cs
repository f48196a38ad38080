using QuantFunctional.Onnx.Format;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Model;

/// <summary>Element types of 8 bits and less that ONNX Runtime computes with but its interface for .NET cannot hand over.</summary>
internal static class NarrowTypes
{
    /// <summary>Whether no tensor of the type can go in or out of a session.</summary>
    internal static bool Stay(DataType type) => type is >= DataType.Float8E4M3Fn and <= DataType.Int2;

    /// <summary>Refuses a model with an input or output of such a type.</summary>
    /// <exception cref="QuantException">There is one.</exception>
    internal static void RefuseAtTheEdges(OnnxModel model)
    {
        var edges = model.Inputs.Select(input => ("input", input)).Concat(model.Graph.Output.Select(output => ("output", output)));
        foreach (var (kind, value) in edges)
        {
            if ((DataType)(value.Type?.TensorType?.ElemType ?? 0) is var type && Stay(type))
            {
                throw Diagnostics.TypeNotPassed.Fault(
                    $"{model.Path}: {kind} `{value.Name}` is {type.ToString().ToLowerInvariant()}, a type that ONNX Runtime's "
                    + $"interface for .NET cannot pass; let a Cast {(kind == "input" ? "behind" : "before")} it make it "
                    + $"{(kind == "input" ? "of" : "into")} int8, uint8 or float32 within the model.",
                    file: model.Path, node: value.Name);
            }
        }
    }
}
