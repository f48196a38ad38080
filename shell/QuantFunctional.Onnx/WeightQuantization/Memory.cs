using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Keeps the arrays of one large product from lying beside those of the next.</summary>
internal static class Memory
{
    private const int Large = 16 << 20;

    /// <summary>To be called when nobody needs a tensor's arrays any more: they would stay until the heap is looked through by itself.</summary>
    internal static void LetGoOf(TensorProto? tensor)
    {
        if (tensor?.RawData.Length >= Large)
            GC.Collect();
    }

    /// <summary>To be called before something else than this process's own arrays takes much: what they left is given back to the system.</summary>
    internal static void GiveBack() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
}
