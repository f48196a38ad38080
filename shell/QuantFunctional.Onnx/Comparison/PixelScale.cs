using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>Whether a float model answers alike to pixels from 0 to 1 and to the same pixels from 0 to 255.</summary>
/// <remarks>
/// Such a model hides that its samples are scaled otherwise than in use: its ranges differ by the factor all the same, and
/// integers that are calibrated for the one saturate under the other.
/// </remarks>
internal static class PixelScale
{
    private const float White = 255;
    private const int MostSamples = 8;
    private const double Alike = 0.9;

    /// <summary>Runs a few of the samples both ways; false also where the model does not run on the one or the other.</summary>
    internal static bool AnswersAlike(OnnxModel model, SampleSet set, CancellationToken cancel)
    {
        using var compared = new ComparedModel(WideFloats.Runnable(model));
        using var samples = set.Open(model);
        var outputs = compared.Session.OutputNames
            .Where(name => compared.Session.OutputMetadata[name] is { IsTensor: true } fact && OutputValues.CanRead(fact.ElementDataType))
            .ToList();
        var (product, small, large) = (0.0, 0.0, 0.0);
        try
        {
            while (samples.MoveNextSpread(samples.RunsOf(MostSamples)))
            {
                cancel.ThrowIfCancellationRequested();
                var one = compared.Run(samples, outputs);
                foreach (ref var pixel in samples.Inputs[0].Tensor.GetTensorMutableDataAsSpan<float>())
                    pixel *= White;
                var other = compared.Run(samples, outputs);
                foreach (var (first, second) in one.Zip(other))
                {
                    if (first.Values.Length != second.Values.Length)
                        return false;
                    for (var i = 0; i < first.Values.Length; i++)
                    {
                        product += first.Values[i] * second.Values[i];
                        small += first.Values[i] * first.Values[i];
                        large += second.Values[i] * second.Values[i];
                    }
                }
            }
        }
        catch (QuantException)
        {
            return false;
        }

        return product > 0 && product * product >= Alike * Alike * small * large;
    }
}
