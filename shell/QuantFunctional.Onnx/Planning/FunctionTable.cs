using System.Collections.Immutable;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>A function of one stored number as a table of all that there are.</summary>
/// <remarks>
/// ONNX Runtime computes the function in float32 between two conversions, on each processor with other last bits. Where no
/// real value lies near a tie of the output's steps, all of them give the table's integers.
/// </remarks>
internal static class FunctionTable
{
    // so far from a tie, in steps of the output, float32 is right in the last bits of 255 steps
    private const double Margin = 1.0 / 1024;

    // a step of the input that moves the output by more of its range is amplified
    private const double MostOfRange = 0.5;

    /// <summary>The table; null where the node is no such function, or a real value of its lies near a tie.</summary>
    internal static ImmutableArray<int>? Of(NodeProto node, GraphIndex index, Storage input, Storage output)
    {
        if (RealFunctions.Of(node, index) is not { } function)
            return null;
        var exact = RealFunctions.IsExact(node);
        var table = ImmutableArray.CreateBuilder<int>(input.Highest - input.Lowest + 1);
        foreach (var real in Reals(input))
        {
            var value = function(real);
            if (double.IsNaN(value) || (!exact && IsNearTie(value, output)))
                return null;
            table.Add(FSharp.Storage.quantize(output, (float)value));
        }

        return table.MoveToImmutable();
    }

    /// <summary>The table of a chain; null where a real value of its lies near a tie, or nearer than float32 may err.</summary>
    internal static ImmutableArray<int>? Of(ElementChain chain, GraphIndex index, Storage input, Storage output)
    {
        var function = chain.Function(index);
        var table = ImmutableArray.CreateBuilder<int>(input.Highest - input.Lowest + 1);
        foreach (var real in Reals(input))
        {
            var (value, error) = function(real);
            if (double.IsNaN(value) || !double.IsFinite(error) || IsNearTie(value, output, error / output.Step))
                return null;
            table.Add(FSharp.Storage.quantize(output, (float)value));
        }

        return table.MoveToImmutable();
    }

    /// <summary>
    /// Whether neighbouring inputs give outputs that lie more than half of all outputs' range apart, or one is not finite.
    /// </summary>
    internal static bool Amplifies(Func<double, double> function, Storage input)
    {
        var values = Reals(input).Select(real => function(real)).ToList();
        if (values.Any(value => !double.IsFinite((float)value)))
            return true;
        var most = values.Zip(values.Skip(1), (one, next) => Math.Abs(next - one)).DefaultIfEmpty(0).Max();
        return most > MostOfRange * (values.Max() - values.Min()) && values.Max() > values.Min();
    }

    private static IEnumerable<float> Reals(Storage storage) =>
        Enumerable.Range(storage.Lowest, storage.Highest - storage.Lowest + 1).Select(stored => FSharp.Storage.dequantize(storage, stored));

    private static bool IsNearTie(double value, Storage output, double error = 0)
    {
        var steps = value / output.Step;
        var (low, high) = (output.Lowest - output.ZeroPoint, output.Highest - output.ZeroPoint);
        // what saturates has no tie beyond the last one inside
        if (steps < low - error || steps > high + error)
            return false;
        return Math.Abs(steps - Math.Floor(steps) - 0.5) < Margin + error;
    }
}
