using System.Globalization;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Keeps what amplifies the rounding of its input without bound in float, together with what makes that input: Hardmax, Tan
/// near its poles, a Softmax whose scores lie hundreds apart.
/// </summary>
internal static class Amplifiers
{
    // half a step of the scores more or less makes a probability so many times as large: at 1 by two thirds
    private const double LargestScoreStep = 1;

    private const string OneStep = "one step of it moves the output by more than half of its range";

    /// <summary>The nodes that stay in float, with the reason.</summary>
    internal static IReadOnlyDictionary<string, string> InFloat(Scheme scheme, TensorEncodings encodings)
    {
        var kept = new Dictionary<string, string>();
        foreach (var node in scheme.Index.TopologicalOrder)
        {
            if (Amplified(node, scheme, encodings) is not var (tensor, why))
                continue;
            var told = $"{node.DisplayName()} ({node.OpType})";
            if (scheme.IntegerForm(node) is not null)
                kept.TryAdd(node.DisplayName(), $"it amplifies the rounding of its input without bound: {why}");
            foreach (var before in Makers(tensor, scheme).SelectMany(maker => maker.Nodes))
                kept.TryAdd(before.DisplayName(), $"node {told}, which reads its output, would amplify its rounding without bound: {why}");
        }

        return kept;
    }

    private static (string Tensor, string Why)? Amplified(NodeProto node, Scheme scheme, TensorEncodings encodings)
    {
        if (scheme.IntegerForm(node) is { Chain: { } chain } form)
        {
            var read = Used(ActivationStorage.Of8Bits(encodings.Of(form.Inputs[0])), encodings.RangeOf(form.Inputs[0]));
            var function = chain.Function(scheme.Index);
            return FunctionTable.Amplifies(x => function(x).Value, read) ? (form.Inputs[0], OneStep) : null;
        }

        if (scheme.IsAbsorbed(node))
            return null;
        // of a Div by a real tensor it is the divisor
        var tensor = node.InputOrEmpty(node.Is("Div") ? 1 : 0);
        if (!NodeAttributes.IsDefaultDomain(node.Domain) || !scheme.IsWrittenInIntegers(tensor) || !encodings.Has(tensor))
            return null;
        var stored = ActivationStorage.Of8Bits(encodings.Of(tensor));
        return node.OpType switch
        {
            "Hardmax" => (tensor, "the largest of nearly equal values takes all"),
            "Softmax" when stored.Step > LargestScoreStep =>
                (tensor, string.Create(CultureInfo.InvariantCulture, $"its scores would have steps of {stored.Step:G3}")),
            "Div" when encodings.RangeOf(tensor) is { Low: <= 0, High: >= 0 } range && (range.Low < 0 || range.High > 0) && IsLow(stored, range) =>
                (tensor, "divisors near 0 would be few steps"),
            _ when RealFunctions.Of(node, scheme.Index) is { } function && FunctionTable.Amplifies(function, Used(stored, encodings.RangeOf(tensor))) =>
                (tensor, OneStep),
            _ => null,
        };
    }

    private static bool IsLow(Storage stored, ObservedDistribution range) => range.Low < -stored.Step || range.High > stored.Step;

    /// <summary>The integers that the observed range takes; 0, which every encoding has, may not be among them.</summary>
    private static Storage Used(Storage stored, ObservedDistribution range) =>
        FSharp.Storage.clamp((float)range.Low, (float)range.High, stored);

    /// <summary>What makes a tensor in integers, and what only moves it in between.</summary>
    private static IEnumerable<IntegerNode> Makers(string tensor, Scheme scheme)
    {
        while (scheme.MakerOf(tensor) is { } maker)
        {
            yield return maker;
            if (maker.Kernel != IntegerKernel.Moves)
                yield break;
            tensor = maker.Inputs[0];
        }
    }
}
