using System.Diagnostics;

namespace QuantFunctional.Bench;

/// <summary>
/// What keeping pairs of products in 16 bits costs planning: both profiles in turn, so that what else the machine does falls on
/// both alike.
/// </summary>
internal static class PairLimitCost
{
    private const int Warmups = 40;
    private const int Rounds = 101;

    /// <summary>Prints the median and the fastest of each, and the ratios.</summary>
    public static int Measure()
    {
        foreach (var layout in (string[])["OIHW", "HWIO"])
        {
            List<Layer> layers = [.. PlanningLayers.OfResNet50(layout, _ => { })];
            PlanningLayers.Expect(layers, FSharp.BackendProfile.OnnxRuntimeVnni, retries: 0);
            PlanningLayers.Expect(layers, FSharp.BackendProfile.OnnxRuntime, retries: 1);
            List<double> inFull = [], pairs = [];
            for (var round = 0; round < Warmups + Rounds; round++)
            {
                var (first, second) = (Time(FSharp.BackendProfile.OnnxRuntimeVnni), Time(FSharp.BackendProfile.OnnxRuntime));
                if (round < Warmups)
                    continue;
                inFull.Add(first);
                pairs.Add(second);
            }

            Console.WriteLine(FormattableString.Invariant(
                $"{layout}: in full {Median(inFull):F1} ms ({inFull.Min():F1}), in pairs {Median(pairs):F1} ms ({pairs.Min():F1}); ")
                + FormattableString.Invariant(
                $"{Median(pairs) / Median(inFull):F3} times as long by the medians, {pairs.Min() / inFull.Min():F3} by the fastest"));

            double Time(BackendProfile profile)
            {
                var start = Stopwatch.GetTimestamp();
                PlanningLayers.Plan(layers, profile);
                return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        return 0;
    }

    private static double Median(IEnumerable<double> times)
    {
        double[] sorted = [.. times.Order()];
        return sorted[sorted.Length / 2];
    }
}
