using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Where the processors that ONNX Runtime runs on make different integers of a model.</summary>
/// <param name="Pairs">In how many layers neighbouring products saturate where a processor adds them in 16 bits.</param>
/// <param name="Joins">The Adds and Muls of which arithmetics make different bytes.</param>
internal sealed record ProcessorAgreement(int Pairs, IReadOnlyList<ModelJoin> Joins)
{
    /// <summary>Looks for them, as the model's certificate does, but without the proofs of all else.</summary>
    /// <param name="model">A quantized model.</param>
    internal static ProcessorAgreement Of(OnnxModel model)
    {
        var everywhere = IntegerModel.Load(model, Profiles.OnnxRuntime);
        var pairs = everywhere.Layers.Concat(everywhere.Products).Count(layer => Saturates(layer.Integers))
            + everywhere.InFloat.Count(node => node.Reason == LayerReader.NotModelled);
        return new(pairs, [.. everywhere.Joins.Where(join => Differ(join, everywhere.BetweenLayers))]);
    }

    /// <summary>
    /// What is said of a file that processors disagree on and that runs in the arithmetic of one of them; null where they
    /// agree, and where the profile is that of one processor, which is what was asked for.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="profile">The profile that it runs in; null for the usual one.</param>
    internal static ReportWarning? Warning(OnnxModel model, BackendProfile? profile)
    {
        var standsForAll = profile is null
            || profile.Name == Profiles.OnnxRuntime.Name
            || profile.Name == Profiles.OnnxRuntimeVnni.Name;
        if (!standsForAll || !AlreadyQuantized.Is(model))
            return null;
        var faults = Of(model).Faults();
        return faults.Count == 0 ? null
            : Diagnostics.ProcessorsDisagree.Warn(
                $"{model.Path}: processors disagree on this file: {string.Join(", and ", faults)}. Shown is x64 with VNNI; "
                + "quantfn verify names the places, and quantfn repair makes it the same everywhere.");
    }

    /// <summary>How many joins two processors make different bytes of.</summary>
    internal int JoinsBetween(OperatorArithmetic one, OperatorArithmetic other) =>
        one.Equals(other) ? 0 : Joins.Count(join => Differ(join, [one, other]));

    private List<string> Faults()
    {
        var faults = new List<string>();
        if (Pairs > 0)
            faults.Add($"in {Counts.Of(Pairs, "layer")} neighbouring products saturate on x64 without VNNI");
        if (Joins.Count > 0)
        {
            var kinds = Joins.GroupBy(join => join.Operator).Select(kind => Counts.Of(kind.Count(), kind.Key));
            faults.Add($"they make different bytes of {string.Join(" and ", kinds)}");
        }

        return faults;
    }

    private static bool Differ(ModelJoin join, IReadOnlyList<OperatorArithmetic> arithmetics) =>
        FSharp.JoinAgreement.tryFind(arithmetics, join.Join).IsSome;

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
}
