using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Gives tensors their least squares ranges where that lowers the measured error of the outputs.</summary>
internal static class RangeRefinement
{
    /// <summary>The ranges of least measured error, and that error.</summary>
    /// <param name="network">The network.</param>
    /// <param name="errors">Its errors as it is, from extremes.</param>
    /// <param name="encodings">The encodings with ranges chosen in some way.</param>
    /// <param name="measurements">How often may be measured.</param>
    /// <param name="cancel">Asked before each run.</param>
    internal static (RangeChoice Ranges, OutputErrors Errors) Of(
        MeasuredNetwork network, OutputErrors errors, Func<RangeChoice, TensorEncodings> encodings, int measurements, CancellationToken cancel)
    {
        var extremes = encodings(RangeChoice.MinMax);
        var squares = encodings(RangeChoice.Of(RangeMethod.LeastSquares));
        // tensors of one encoding are narrowed together; of an output the rare extremes are what its reader looks for
        var outputs = network.Outputs.Where(extremes.Has).Select(extremes.GroupOf).ToHashSet();
        var candidates = network.Activations
            .Select(extremes.GroupOf)
            .Distinct()
            .Where(tensor => !outputs.Contains(tensor))
            .Where(tensor => !extremes.Of(tensor).Equals(squares.Of(tensor)))
            .ToArray();
        var (narrowed, least) = Halving.Kept(
            candidates, errors, some => network.Errors(cancel, extremes.With(squares, some.ToHashSet())), Halving.ClearlyBetter, measurements);
        return (new RangeChoice(RangeMethod.Auto, narrowed.ToHashSet()), least);
    }
}
