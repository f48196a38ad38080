using System.Globalization;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Reading;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>
/// Whether samples lie in the range that a quantized model holds its inputs in, and fill it: the classic mistake is to feed
/// pixels from 0 to 1 to the one, and from 0 to 255 to the other.
/// </summary>
internal sealed class InputRanges
{
    private const double MostOutside = 0.01;
    private const double LeastFilled = 1.0 / 32;

    private readonly Dictionary<string, Seen> _inputs = [];

    private sealed class Seen(float low, float high, float step)
    {
        internal float Low { get; } = low;

        internal float High { get; } = high;

        internal float Step { get; } = step;

        internal long Values { get; set; }

        internal long Outside { get; set; }

        internal long Masked { get; set; }

        internal float Smallest { get; set; } = float.PositiveInfinity;

        internal float Largest { get; set; } = float.NegativeInfinity;
    }

    /// <summary>Finds the inputs that a quantized model turns into integers at once.</summary>
    internal InputRanges(OnnxModel quantized)
    {
        var index = new GraphIndex(quantized.Graph);
        var reader = new StorageReader(index, new StatedTypes(quantized.Graph, index).Of);
        foreach (var input in quantized.Inputs.Where(IsFloat))
        {
            if (index.Consumers(input.Name) is [var only] && StorageReader.Is(only, "QuantizeLinear")
                && reader.Read(only, out _)?.Whole is { } stored)
            {
                _inputs[input.Name] = new Seen(
                    (stored.Lowest - stored.ZeroPoint) * stored.Step, (stored.Highest - stored.ZeroPoint) * stored.Step, stored.Step);
            }
        }
    }

    /// <summary>Looks at the samples of the run at hand.</summary>
    internal void Add(SampleSource samples)
    {
        foreach (var input in samples.Inputs)
        {
            if (!_inputs.TryGetValue(input.Name, out var seen))
                continue;
            for (var slot = 0; slot < samples.Filled; slot++)
                Add(seen, input.Floats(input.Place(slot)));
        }
    }

    private static void Add(Seen seen, ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            seen.Values++;
            // what quantize cuts of a mask, no reader tells from what is left
            seen.Masked += value <= SoftmaxRows.Masked && seen.Low > SoftmaxRows.Masked ? 1 : 0;
            seen.Outside += value < seen.Low - (seen.Step / 2) || value > seen.High + (seen.Step / 2) ? 1 : 0;
            seen.Smallest = Math.Min(seen.Smallest, value);
            seen.Largest = Math.Max(seen.Largest, value);
        }
    }

    /// <summary>What is to be said of the samples.</summary>
    internal IReadOnlyList<ReportWarning> Warnings()
    {
        var warnings = new List<ReportWarning>();
        foreach (var (name, seen) in _inputs)
        {
            if (seen.Values == 0)
                continue;
            var outside = (double)seen.Outside / seen.Values;
            var held = $"input `{name}` is held from {Text(seen.Low)} to {Text(seen.High)}";
            var fed = $"the data goes from {Text(seen.Smallest)} to {Text(seen.Largest)}";
            if (seen.Smallest == seen.Largest || (seen.Masked > 0 && seen.Masked == seen.Outside))
            {
                // one value tells nothing of a scale, nor does a mask
                continue;
            }

            if (outside > MostOutside)
            {
                warnings.Add(Diagnostics.DataLeavesRange.Warn(string.Create(CultureInfo.InvariantCulture,
                    $"{held}, as it was calibrated, but {fed}: {outside:P1} of the values lie outside and saturate; ")
                    + "scale the data as the calibration samples, or calibrate with samples like it", name));
            }
            else if (seen.Largest - seen.Smallest < LeastFilled * (seen.High - seen.Low))
            {
                warnings.Add(Diagnostics.DataFillsLittle.Warn(string.Create(CultureInfo.InvariantCulture,
                    $"{held}, as it was calibrated, but {fed}, within {Math.Ceiling((seen.Largest - seen.Smallest) / seen.Step)} of {Math.Round((seen.High - seen.Low) / seen.Step) + 1} steps; ")
                    + "scale the data as the calibration samples, or calibrate with samples like it", name));
            }
        }

        return warnings;
    }

    private static bool IsFloat(ValueInfoProto input) =>
        input.Type?.TensorType?.ElemType == (int)TensorProto.Types.DataType.Float;

    private static string Text(float value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
