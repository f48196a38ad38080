using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>Whether an array can feed an input, sample by sample.</summary>
internal static class SampleFit
{
    /// <summary>Checks shape and element type of an opened array; leaves the reader so that it gives samples.</summary>
    /// <param name="reader">The array, at its first sample.</param>
    /// <param name="input">The input that it is to feed.</param>
    /// <param name="model">The input's model, for messages.</param>
    /// <param name="mayBeOneSample">Whether an array without the axis of samples is taken as one sample.</param>
    public static void Check(SampleReader reader, ModelInput input, OnnxModel model, bool mayBeOneSample)
    {
        if (input.Dims is { } dims)
        {
            if (dims.Count == 0 || dims[0] is not (-1 or 1))
            {
                throw Diagnostics.BatchFixed.Fault(
                    $"{model.Path}: input `{input.Name}` takes {Shapes.Text(dims)}; its first axis must be the "
                    + "batch, of length 1 or free: export the model so.",
                    file: model.Path, node: input.Name);
            }

            if (mayBeOneSample && reader.Info.Shape.Count == dims.Count - 1)
                reader.TakeAsOneSample();
            if (reader.Info.Shape.Count == dims.Count + 1 && reader.Info.Shape[1] == 1)
                reader.TakeWithoutBatch();
            if (!Fits(reader.Info.Shape, dims))
            {
                throw Diagnostics.SampleShapeDiffers.Fault(
                    $"{reader.Info} has shape {Shapes.Text(reader.Info.Shape)}, but input `{input.Name}` of {model.Path} "
                    + $"takes {Shapes.Text([-1, .. dims.Skip(1)])}, where the first axis counts samples.",
                    file: reader.Info.File, node: input.Name);
            }
        }
        else if (reader.Info.Shape.Count == 0)
        {
            throw Diagnostics.SampleShapeDiffers.Fault(
                $"{reader.Info} is a single number; its first axis must count samples.",
                file: reader.Info.File, node: input.Name);
        }

        if (reader.Info.ElementType.IsFloat() && !IsFloat(input.Type))
        {
            throw Diagnostics.SampleTypeDiffers.Fault(
                $"{reader.Info} holds {reader.Info.ElementType.Name()}, but input `{input.Name}` of {model.Path} takes "
                + $"{input.Type}; convert it with numpy's astype.",
                file: reader.Info.File, node: input.Name);
        }
    }

    private static bool Fits(IReadOnlyList<long> shape, IReadOnlyList<long> dims) =>
        shape.Count == dims.Count
        && shape.Skip(1).Zip(dims.Skip(1)).All(axis => axis.Second < 0 || axis.First == axis.Second);

    private static bool IsFloat(TensorProto.Types.DataType type) =>
        type is TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Double;
}
