using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>How a model holds activations, and which operators convert them.</summary>
/// <param name="Type">The type that the core plans them in.</param>
/// <param name="Domain">The domain of QuantizeLinear and DequantizeLinear for that type.</param>
internal sealed record ActivationStorage(ScalarType Type, string Domain)
{
    /// <summary>ONNX Runtime's own domain, whose conversions know 16 bits in a model of any opset.</summary>
    private const string OnnxRuntimeDomain = "com.microsoft";

    // the first opset whose conversions know 16 bits
    private const long Int16Opset = 21;

    /// <summary>Whether ONNX Runtime has integer kernels for the type, whose rules the graph must then meet.</summary>
    internal bool HasKernels => Type == ScalarType.Int8;

    /// <summary>How many steps lie between the lowest and the highest integer.</summary>
    internal int Levels => Type == ScalarType.Int8 ? byte.MaxValue : ushort.MaxValue;

    /// <summary>The storage of the activations that a precision asks for.</summary>
    internal static ActivationStorage For(Precision precision, long opset) =>
        precision.OutputType == ScalarType.Int8 || opset >= Int16Opset
            ? new(precision.OutputType, "")
            : new(precision.OutputType, OnnxRuntimeDomain);

    /// <summary>An encoding of 8 bits as the model stores it, and as engines compute with it.</summary>
    internal static Storage Of8Bits(Encoding encoding) =>
        new((float)encoding.StepSize, encoding.ZeroPoint + 128, byte.MinValue, byte.MaxValue);

    /// <summary>Real numbers in an encoding of 8 bits, as the model stores them.</summary>
    internal static IEnumerable<int> Stored8Bits(Encoding encoding, IEnumerable<float> values) =>
        values.Select(value => FSharp.Encoding.quantize(encoding, value) + 128);

    /// <summary>
    /// Integers as the model holds them: 16 bits as they are; 8 bits as uint8, the core's plus 128, since only these run on
    /// integer kernels everywhere.
    /// </summary>
    internal TensorProto Tensor(string name, IEnumerable<long> dims, ReadOnlySpan<int> integers)
    {
        if (Type == ScalarType.Int16)
            return TensorData.Make(name, dims, Array.ConvertAll(integers.ToArray(), value => (short)value).AsSpan());
        return TensorData.Make(name, dims, Array.ConvertAll(integers.ToArray(), value => (byte)(value + 128)).AsSpan());
    }

    /// <summary>Names the domain of the conversions where the model does not import it yet.</summary>
    internal void Import(ModelProto model)
    {
        if (Domain.Length > 0 && !model.OpsetImport.Any(import => import.Domain == Domain))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = Domain, Version = 1 });
    }
}
