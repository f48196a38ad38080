using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Whether a model's integers are the same on every processor that ONNX Runtime runs on.</summary>
internal static class ProcessorAgreement
{
    /// <summary>
    /// What is said of a file that processors disagree on and that runs in the arithmetic of one of them; null where they
    /// agree, and where the profile is that of one processor, which is what was asked for.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="profile">The profile that it runs in; null for the usual one.</param>
    internal static string? Warning(OnnxModel model, BackendProfile? profile)
    {
        var standsForAll = profile is null
            || profile.Name == Profiles.OnnxRuntime.Name
            || profile.Name == Profiles.OnnxRuntimeVnni.Name;
        if (!standsForAll || !AlreadyQuantized.Is(model))
            return null;
        var faults = Faults(QuantizedGraph.Read(model, ReadingTarget.Of(Profiles.OnnxRuntime)));
        return faults.Count == 0 ? null
            : $"{model.Path}: processors disagree on this file: {string.Join(", and ", faults)}. Shown is x64 with VNNI; "
                + "quantfn verify names the places, and quantfn repair makes it the same everywhere.";
    }

    private static List<string> Faults(QuantizedGraph graph)
    {
        var faults = new List<string>();
        var layers = graph.Layers.Count(layer => Saturates(layer.Integers))
            + graph.Floats.Count(node => node.Reason == LayerReader.NotModelled);
        if (layers > 0)
            faults.Add($"in {Counted(layers, "layer")} neighbouring products saturate on x64 without VNNI");
        return faults;
    }

    private static bool Saturates(IntegerLayer layer) =>
        !layer.ProductSums.IsInFull
        && Enumerable.Range(0, layer.Shape.Channels).Any(channel => Saturates(layer, channel));

    private static bool Saturates(IntegerLayer layer, int channel)
    {
        var products = FSharp.PairOrder.products(layer.Shape);
        for (var first = 0; first + 1 < products; first += 2)
        {
            if (!FSharp.PairOrder.isSafe(Weight(first), Weight(first + 1)))
                return true;
        }

        return false;

        sbyte Weight(int product) => layer.Weights[FSharp.PairOrder.index(layer.Shape, channel, product)];
    }

    private static string Counted(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
