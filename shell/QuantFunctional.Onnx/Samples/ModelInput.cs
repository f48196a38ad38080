using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>What a model's input takes.</summary>
/// <param name="Name">The input's name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Dims">Its dimensions, -1 where any length is taken; null where the model does not say.</param>
internal sealed record ModelInput(string Name, TensorProto.Types.DataType Type, IReadOnlyList<long>? Dims)
{
    /// <summary>The inputs that a caller of the model has to feed.</summary>
    public static IReadOnlyList<ModelInput> All(OnnxModel model) => [.. model.Inputs.Select(Of)];

    private static ModelInput Of(ValueInfoProto input)
    {
        var tensor = input.Type?.TensorType;
        var dims = tensor?.Shape?.Dim.Select(dim => dim.HasDimValue ? dim.DimValue : -1).ToArray();
        return new ModelInput(input.Name, (TensorProto.Types.DataType)(tensor?.ElemType ?? 0), dims);
    }
}
