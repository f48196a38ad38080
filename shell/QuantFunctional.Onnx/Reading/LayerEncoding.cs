
namespace QuantFunctional.Onnx.Reading;

/// <summary>From a file's storage, signed or not, to the signed integers that a layer's arithmetic works on.</summary>
internal static class LayerEncoding
{
    /// <summary>What is added to a stored integer to make it a signed one of the same width.</summary>
    internal static int ToSigned(Storage whole) => whole.Lowest == 0 ? -(whole.Highest + 1) / 2 : 0;

    /// <summary>The encoding of a storage with the whole range of its type; null where its step is no normal float32.</summary>
    internal static Encoding? Of(Storage whole)
    {
        var type = whole.Highest - whole.Lowest == byte.MaxValue ? ScalarType.Int8 : ScalarType.Int16;
        var encoding = FSharp.Encoding.ofStep(whole.Step, whole.ZeroPoint + ToSigned(whole), type);
        return encoding.IsOk ? encoding.ResultValue : null;
    }

    /// <summary>The values that an output is clamped to, as signed ones.</summary>
    internal static Interval Range(Storage clamped, Storage whole) =>
        new(clamped.Lowest + ToSigned(whole), clamped.Highest + ToSigned(whole));
}
