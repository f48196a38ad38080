using System.Diagnostics;
using System.Globalization;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Bench;

/// <summary>What calibrating costs over bare inference, by passes that alternate, so that a busy machine slows both down.</summary>
internal static class CalibrationRatio
{
    private const int FewestPasses = 5;

    /// <summary>Prints the middle ratio for each model, over the model as it is and over the prepared one.</summary>
    /// <param name="seconds">How long each model may take, beyond five passes of each kind.</param>
    public static void Run(double seconds)
    {
        foreach (var model in BenchModel.All)
        {
            var stored = Path.Combine(Path.GetTempPath(), $"quantfn-bench-{Guid.NewGuid():N}.npy");
            try
            {
                StoredSamples.Write(model.Samples, stored);
                var original = OnnxModel.Load(model.Model);
                var prepared = ModelPreparation.Prepare(original);
                using var bare = new BareInference(original, model.Samples);
                using var barePrepared = new BareInference(prepared, model.Samples);
                using var observing = new ObservedTensors(prepared, stored);
                var (overOriginal, overPrepared) = Measure(bare.Pass, barePrepared.Pass, () => observing.Pass(stored), seconds);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{model.Name,-12} {overOriginal:F2} of the model as it is, {overPrepared:F2} of the prepared one"));
            }
            finally
            {
                File.Delete(stored);
            }
        }
    }

    private static (double Original, double Prepared) Measure(Action bare, Action barePrepared, Action observe, double seconds)
    {
        List<(double Original, double Prepared)> ratios = [];
        for (var total = Stopwatch.StartNew(); ratios.Count <= FewestPasses || total.Elapsed.TotalSeconds < seconds;)
        {
            var (original, prepared, observed) = (Seconds(bare), Seconds(barePrepared), Seconds(observe));
            ratios.Add((observed / original, observed / prepared));
        }

        // the first one warms up
        return (Middle(ratios.Skip(1).Select(ratio => ratio.Original)), Middle(ratios.Skip(1).Select(ratio => ratio.Prepared)));
    }

    private static double Seconds(Action pass)
    {
        var watch = Stopwatch.StartNew();
        pass();
        return watch.Elapsed.TotalSeconds;
    }

    private static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
