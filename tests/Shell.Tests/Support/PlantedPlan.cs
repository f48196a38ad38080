using QuantFunctional;
using QuantFunctional.Documents;

namespace Shell.Tests.Support;

/// <summary>A layer of twelve channels alike, but for one whose bias overflows its accumulator at first.</summary>
internal static class PlantedPlan
{
    internal const int Channels = 12;

    /// <summary>The channel with weights far too small for its bias.</summary>
    internal const int Overflowing = 5;

    internal static QuantizedLayer Plan(Precision precision) =>
        Planner.Plan(
            new LayerSpec
            {
                Layout = WeightLayout.OI,
                Shape = [Channels, 16],
                Weights = Enumerable.Range(0, Channels * 16)
                    .Select(i => (i / 16 == Overflowing ? 1e-6f : 0.3f) * (1 - (i % 16 * 7 % 16 / 8f)))
                    .ToArray(),
                Bias = Enumerable.Range(0, Channels).Select(c => c == Overflowing ? 5f : 0.1f).ToArray(),
                InputStep = 0.05,
                InputZeroPoint = -100,
                OutputRange = new RealRange(-6, 6),
            },
            new PlanOptions { Precision = precision });

    /// <summary>Writes a document with layers of these names.</summary>
    internal static string Write(TemporaryFolder folder, params string[] names)
    {
        var path = folder.File("plan.json");
        var plan = Plan(Precision.TfliteInt8);
        PlanFile.Write(path, new PlanDocument { Layers = [.. names.Select(name => new NamedPlan(name, "Gemm", plan))] });
        return path;
    }
}
