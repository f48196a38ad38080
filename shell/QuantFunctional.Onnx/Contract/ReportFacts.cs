namespace QuantFunctional.Onnx;

/// <summary>A file with a report for people.</summary>
/// <param name="Path">The file.</param>
/// <param name="Write">Writes its content.</param>
public sealed record ReportFile(string Path, Action<ReportFacts, Stream> Write);

/// <summary>What a report for people is made of.</summary>
/// <param name="Model">The float model's path, or what it is called.</param>
/// <param name="Precision">The precision of the layers.</param>
/// <param name="Profile">The target that they are planned for.</param>
/// <param name="Ranges">How the ranges of activations were chosen.</param>
/// <param name="Quantization">What the quantization did.</param>
/// <param name="Tensors">The values and ranges of the tensors whose rounding costs most, the worst first.</param>
/// <param name="Weights">The weights of the layers whose rounding costs most, the worst first.</param>
/// <param name="Processors">Which processors give the same integers; empty where the target is not ONNX Runtime.</param>
public sealed record ReportFacts(
    string Model,
    string Precision,
    string Profile,
    string Ranges,
    QuantizationReport Quantization,
    IReadOnlyList<TensorHistogram> Tensors,
    IReadOnlyList<WeightHistogram> Weights,
    IReadOnlyList<ProcessorAnswer> Processors);

/// <summary>What values a tensor took, and the range that was chosen.</summary>
/// <param name="Rounding">The rounding.</param>
/// <param name="Values">How often the tensors that share the encoding took which values.</param>
/// <param name="Low">The lower end of the range.</param>
/// <param name="High">The upper end of the range.</param>
/// <param name="Step">What one integer step stands for.</param>
public sealed record TensorHistogram(RoundingLoss Rounding, ValueHistogram Values, double Low, double High, double Step)
{
    /// <summary>The share of values in bins that lie beyond the range as a whole.</summary>
    public double Clipped
    {
        get
        {
            var width = Math.ScaleB(1, Values.Exponent);
            var all = Values.Zeros + Values.Negative.Sum() + Values.Positive.Sum();
            var beyond = Beyond(Values.Positive, High) + Beyond(Values.Negative, -Low);
            return all == 0 ? 0 : (double)beyond / all;

            long Beyond(IEnumerable<long> counts, double end) => counts.Where((_, bin) => bin * width >= end).Sum();
        }
    }
}

/// <summary>A layer's weights before and after rounding.</summary>
/// <param name="Rounding">The rounding.</param>
/// <param name="Before">How often the weights of the float model take which values.</param>
/// <param name="After">How often the numbers that the integers stand for do.</param>
/// <param name="SqnrDb">The squares of the weights over those of what rounding changes, in decibels; infinite where nothing is lost.</param>
public sealed record WeightHistogram(RoundingLoss Rounding, ValueHistogram Before, ValueHistogram After, double SqnrDb);

/// <summary>Whether a kind of processor gives the integers that the model was made for.</summary>
/// <param name="Processor">The processor, for readers.</param>
/// <param name="Profile">The name of its profile.</param>
/// <param name="Holds">Whether it does.</param>
public sealed record ProcessorAnswer(string Processor, string Profile, bool Holds);
