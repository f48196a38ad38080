using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>How far a model that was just quantized is from its float model on some of the samples that it was calibrated with.</summary>
/// <param name="Report">The figures; null where nothing could be compared.</param>
/// <param name="NotChecked">Why nothing was compared, as a sentence; null where it was.</param>
/// <param name="Available">How many samples it chose from.</param>
internal sealed record SelfCheck(ComparisonReport? Report, string? NotChecked, long Available = 0)
{
    /// <summary>Runs both models in ONNX Runtime, as <see cref="ModelComparer"/> does.</summary>
    /// <exception cref="QuantException">The quantized model does not run.</exception>
    internal static SelfCheck Run(
        OnnxModel floatModel,
        OnnxModel quantizedModel,
        SampleSet calibration,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        using var models = ComparedModels.Open(floatModel, quantizedModel);
        var (floats, quantized) = (models.Floats, models.Quantized);
        var outputs = floats.Session.OutputNames.Where(Holds).ToList();
        if (outputs.Count == 0)
            return new SelfCheck(null, "no output of the model holds numbers to compare");
        using var samples = calibration.Open(floatModel);
        var sums = new ComparisonSums(outputs, floats.Whole, labels: null);
        var (done, runs) = (0L, samples.RunsOf(SpreadSamples.Count(samples.Count, outputs.Exists(IsOneValueEach))));
        var steps = new ProgressSteps(progress, ProgressStage.Checking, runs * samples.Batch);
        while (samples.MoveNextSpread(runs))
        {
            cancel.ThrowIfCancellationRequested();
            IReadOnlyList<(double[] Values, long[] Dims)> real;
            try
            {
                real = floats.Run(samples, outputs);
            }
            catch (QuantException fault)
            {
                return new SelfCheck(null, $"the float model itself gives nothing to compare with: {fault.Message}");
            }

            sums.Add(real, quantized.Run(samples, outputs), quantizedModel.Path, samples);
            steps.Report(done += samples.Filled);
        }

        return new SelfCheck(sums.Result(done), NotChecked: null, samples.Count);

        bool IsOneValueEach(string output) => floats.Session.OutputMetadata[output].Dimensions.Length <= 2;

        bool Holds(string output) => floats.Session.OutputMetadata[output] is var fact
            && fact.IsTensor && OutputValues.CanRead(fact.ElementDataType);
    }
}
