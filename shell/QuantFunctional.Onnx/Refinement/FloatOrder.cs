using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>In which order a network's nodes are left in float: what costs most error for each multiply-add first.</summary>
/// <remarks>
/// A rounding of weights vanishes with its layer. One of activations vanishes only where neither what makes them nor any reader is
/// in integers, so that all of these are one step.
/// </remarks>
internal static class FloatOrder
{
    private sealed record Removal(int Place, double Noise, IReadOnlyList<string> Nodes);

    /// <summary>The steps, each the nodes that it adds; all but the last ones, without which no layer would be left.</summary>
    /// <param name="scheme">The network.</param>
    /// <param name="budget">What each rounding costs alone; null where that is not known, and the cheapest nodes come first.</param>
    /// <param name="costs">The multiply-adds by node.</param>
    internal static IReadOnlyList<IReadOnlyList<string>> Of(Scheme scheme, ErrorBudget? budget, IReadOnlyDictionary<string, long> costs)
    {
        var open = Removals(scheme, budget);
        var (left, steps) = (new HashSet<string>(), new List<IReadOnlyList<string>>());
        while (open.Count > 0)
        {
            var best = open.MinBy(removal => Rank(removal, Cost(removal)))!;
            open.Remove(best);
            List<string> added = [.. best.Nodes.Where(left.Add)];
            if (added.Count > 0)
                steps.Add(added);
        }

        return WithALayer(steps, [.. scheme.Layers.Select(layer => layer.Node.DisplayName())]);

        long Cost(Removal removal) => removal.Nodes.Where(node => !left.Contains(node)).Sum(node => costs.GetValueOrDefault(node));
    }

    /// <summary>What is free comes first, then what costs most error for each multiply-add, then the cheapest of what costs no error.</summary>
    private static (int Class, double Value, int Place) Rank(Removal removal, long cost) => removal.Noise switch
    {
        > 0 when cost == 0 => (0, -removal.Noise, removal.Place),
        > 0 => (1, -removal.Noise / cost, removal.Place),
        _ => (2, cost, removal.Place),
    };

    private static List<Removal> Removals(Scheme scheme, ErrorBudget? budget)
    {
        var touching = scheme.Integers
            .SelectMany(node => node.Inputs.Concat(node.Outputs).Select(tensor => (Tensor: tensor, Name: node.Node.DisplayName())))
            .ToLookup(one => one.Tensor, one => one.Name);
        var layers = scheme.Layers
            .SelectMany(layer => layer.Nodes.Select(node => (Inner: node.DisplayName(), Name: layer.Node.DisplayName())))
            .ToLookup(one => one.Inner, one => one.Name);
        var removals = new List<Removal>();
        foreach (var rounding in budget?.WorstFirst ?? [])
        {
            var nodes = rounding.Kind == RoundingKind.Weights ? layers[rounding.Name] : rounding.Tensors.SelectMany(tensor => touching[tensor]);
            removals.Add(new Removal(removals.Count, Noise(rounding.Loss, budget!.Whole), [.. nodes.Distinct()]));
        }

        foreach (var node in scheme.Integers)
            removals.Add(new Removal(removals.Count, 0, [node.Node.DisplayName()]));
        return removals;
    }

    /// <summary>The error over that of the whole, added up over the outputs.</summary>
    private static double Noise(MeasuredLoss loss, MeasuredLoss whole) => loss.Outputs
        .Zip(whole.Outputs, (one, all) => (One: one.SquaredError, All: all.SquaredError))
        .Where(error => error.One > 0 && error.All > 0)
        .Sum(error => double.IsFinite(error.One) ? double.IsFinite(error.All) ? error.One / error.All : 0 : double.PositiveInfinity);

    private static IReadOnlyList<IReadOnlyList<string>> WithALayer(List<IReadOnlyList<string>> steps, HashSet<string> layers)
    {
        while (steps.Count > 0 && layers.IsSubsetOf(steps.SelectMany(step => step)))
            steps.RemoveAt(steps.Count - 1);
        return steps;
    }
}
