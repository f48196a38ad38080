using System.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace QuantFunctional.Onnx.Model;

/// <summary>The elements of an output as doubles; of truth values 1 and 0.</summary>
internal static class OutputValues
{
    /// <summary>Whether elements of the type can be read.</summary>
    public static bool CanRead(TensorElementType type) => type is TensorElementType.Float or TensorElementType.Double
        or TensorElementType.Float16 or TensorElementType.BFloat16
        or TensorElementType.UInt8 or TensorElementType.UInt16 or TensorElementType.UInt32 or TensorElementType.UInt64
        or TensorElementType.Int8 or TensorElementType.Int16 or TensorElementType.Int32 or TensorElementType.Int64
        or TensorElementType.Bool;

    /// <summary>All elements in order, and the output's dimensions.</summary>
    public static (double[] Values, long[] Dims) Read(OrtValue output)
    {
        var fact = output.GetTensorTypeAndShape();
        return (Read(output, fact.ElementDataType), fact.Shape);
    }

    private static double[] Read(OrtValue output, TensorElementType type) => type switch
    {
        TensorElementType.Float => Convert<float>(output),
        TensorElementType.Double => Convert<double>(output),
        TensorElementType.Float16 => Array.ConvertAll(output.GetTensorDataAsSpan<Float16>().ToArray(), value => (double)value.ToFloat()),
        TensorElementType.BFloat16 => Array.ConvertAll(output.GetTensorDataAsSpan<BFloat16>().ToArray(), value => (double)value.ToFloat()),
        TensorElementType.UInt8 => Convert<byte>(output),
        TensorElementType.UInt16 => Convert<ushort>(output),
        TensorElementType.UInt32 => Convert<uint>(output),
        TensorElementType.UInt64 => Convert<ulong>(output),
        TensorElementType.Int8 => Convert<sbyte>(output),
        TensorElementType.Int16 => Convert<short>(output),
        TensorElementType.Int32 => Convert<int>(output),
        TensorElementType.Bool => Array.ConvertAll(output.GetTensorDataAsSpan<bool>().ToArray(), truth => truth ? 1.0 : 0.0),
        _ => Convert<long>(output),
    };

    private static double[] Convert<T>(OrtValue output)
        where T : unmanaged, INumberBase<T>
    {
        var elements = output.GetTensorDataAsSpan<T>();
        var values = new double[elements.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = double.CreateTruncating(elements[i]);
        return values;
    }
}
