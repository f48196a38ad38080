using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Finds the products that are to have 8 bits among products of 4.</summary>
/// <param name="request">What is asked for.</param>
/// <param name="original">The model as it was loaded, every node of it named.</param>
/// <param name="prepared">The model after folding.</param>
/// <param name="layers">Its products.</param>
/// <param name="moments">What the samples show of each product's input; null without samples.</param>
internal sealed class EightBitProducts(
    QuantizeWeightsRequest request, OnnxModel original, OnnxModel prepared, WeightLayers layers, MomentsInTurn? moments)
{
    private const string Option = "--keep-8-bit";
    private const string Head = "head";
    private const string Sensitive = "sensitive";

    /// <summary>So many times the median of what products lose stands out.</summary>
    private const double StandsOut = 2;

    /// <summary>The products by name, each with the reason.</summary>
    internal IReadOnlyDictionary<string, string> Find()
    {
        var found = new Dictionary<string, string>();
        if (request.KeepEightBit.Count == 0)
            return found;
        if (request.Type.Bits != 4)
        {
            throw Diagnostics.OptionsExclude.Fault(
                $"{Option} does not go with {request.Type.Name} weights: all products have 8 bits then. "
                + "Leave it out, or quantize to int4.");
        }

        var asked = request.KeepEightBit.SelectMany(Parts).ToList();
        var roles = new ProductRoles(prepared, layers.Found);
        var words = asked.Where(IsWord).ToHashSet();
        if (words.Count > 0)
            Add(roles.Heads, _ => "head");
        if (words.Contains(Sensitive))
        {
            Add(roles.Values, _ => "values of an attention");
            Add(roles.Downs, _ => "end of a feed-forward part");
            AddMeasured(found);
        }

        if (words.Count > 0 && found.Count == 0)
        {
            throw Diagnostics.EightBitProductMissing.Fault(
                $"{original.Path}: {Option} {string.Join(',', words)}: no product whose weights become integers is one. "
                + "Name nodes instead; `quantfn inspect` names the layers.",
                file: original.Path);
        }

        foreach (var name in Exclusions.Resolve(asked.Where(part => !IsWord(part)), [], original, prepared, Option).Keys)
        {
            var product = layers.Found.FirstOrDefault(layer => layer.Node.DisplayName() == name)
                ?? throw Diagnostics.EightBitProductMissing.Fault(
                    $"{original.Path}: {Option}: node {name} is no product whose weights become integers. "
                    + "Name a Gemm or MatMul with constant weights.",
                    file: original.Path, node: name);
            Add([product], _ => "named");
        }

        return found;

        void Add(IEnumerable<FoundLayer> products, Func<FoundLayer, string> why)
        {
            foreach (var product in products)
                found.TryAdd(product.Node.DisplayName(), why(product));
        }
    }

    private static bool IsWord(string part) => part is Head or Sensitive;

    // names may have commas, so that only what holds a word is taken apart
    private static IEnumerable<string> Parts(string asked)
    {
        var parts = asked.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Any(IsWord) ? parts : [asked];
    }

    /// <summary>Adds the products that lose far more than the others on the samples, with 4 bits and the nearest integers.</summary>
    private void AddMeasured(Dictionary<string, string> found)
    {
        if (moments is null)
            return;
        var shares = layers.Found
            .Select(layer => (Name: layer.Node.DisplayName(), Share: ErrorShare(layer, moments.Of(layer))))
            .Where(product => product.Share is not null)
            .ToList();
        if (shares.Count == 0)
            return;
        var median = shares.Select(product => product.Share!.Value).Order().ElementAt((shares.Count - 1) / 2);
        foreach (var (name, share) in shares.Where(product => product.Share > StandsOut * median))
        {
            found.TryAdd(name, FormattableString.Invariant(
                $"its outputs lose {share!.Value / median:F1} times the median of all products"));
        }
    }

    /// <summary>The squared error of a product's outputs as a share of their power; null where the samples do not show it.</summary>
    private double? ErrorShare(FoundLayer layer, InputMoments seen)
    {
        if (!seen.TryGet(out var blocks, out _))
            return null;
        var plan = layers.Plan(layer, request.Integers, request.Granularity);
        var (reals, rounded) = (layer.Values, WeightOnlyPlanner.FakeQuantizedWeights(plan));
        double error = 0, power = 0;
        for (var channel = 0; channel < plan.Shape.Channels; channel++)
        {
            var first = 0;
            foreach (var block in blocks)
            {
                int[] at = [.. Enumerable.Range(first, block.Inputs).Select(input => plan.Shape.Index(channel, input, 0))];
                error += FSharp.SecondMoments.error(block, [.. at.Select(index => (double)reals[index] - rounded[index])]);
                power += FSharp.SecondMoments.error(block, [.. at.Select(index => (double)reals[index])]);
                first += block.Inputs;
            }
        }

        return power > 0 ? error / power : null;
    }
}
