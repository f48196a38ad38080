using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>Measures how long two models take, run by run in turns, so that whatever else the machine does falls on both.</summary>
internal static class LatencyMeasurement
{
    private const int WarmUps = 3;
    private const int LeastRuns = 10;
    private const int WantedRuns = 60;
    private const int MostRuns = 300;

    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(3);

    internal static LatencyComparison Of(
        OnnxModel floatModel,
        OnnxModel quantizedModel,
        int threads,
        SampleSource samples,
        ProgressSteps progress,
        CancellationToken cancel)
    {
        using var models = ComparedModels.Open(floatModel, quantizedModel, threads);
        var (floats, quantized) = (models.Floats, models.Quantized);
        Signature.Check(floats.Model, floats.Session, quantized.Model, quantized.Session);
        List<TimeSpan> slow = [], fast = [];
        var perSample = Math.Max(1, (int)Math.Min(WantedRuns, WantedRuns / samples.RunCount));
        var spent = TimeSpan.Zero;
        while (slow.Count < MostRuns && (spent < LongEnough || slow.Count < LeastRuns) && samples.MoveNext())
        {
            for (var i = slow.Count > 0 ? 0 : -WarmUps; i < perSample; i++)
            {
                cancel.ThrowIfCancellationRequested();
                var (before, after) = (floats.Time(samples), quantized.Time(samples));
                spent += before + after;
                if (i < 0)
                    continue;
                slow.Add(before / samples.Batch);
                fast.Add(after / samples.Batch);
                if (spent >= LongEnough && slow.Count >= LeastRuns)
                    break;
            }

            progress.Report(samples.Taken);
        }

        return new LatencyComparison(threads, slow.Count, Ranks(slow), Ranks(fast));
    }

    private static Latency Ranks(List<TimeSpan> times)
    {
        times.Sort();
        return new Latency(Rank(5), Rank(9));

        // the smallest that so many tenths stay within
        double Rank(int tenths) => times[((tenths * times.Count) + 9) / 10 - 1].TotalMilliseconds;
    }
}
