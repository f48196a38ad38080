using QuantFunctional;
using QuantFunctional.Documents;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Support;

/// <summary>A layer of twelve channels alike, but for one whose bias overflows its accumulator at first.</summary>
internal static class PlantedPlan
{
    internal const int Channels = 12;

    /// <summary>The channel with weights far too small for its bias.</summary>
    internal const int Overflowing = 5;

    internal static QuantizedLayer Plan(Precision precision, BackendProfile? profile = null) =>
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
            new PlanOptions { Precision = precision, Profile = profile ?? Profiles.Reference });

    /// <summary>A plan with another bias in its first channel, or another right shift in all of them.</summary>
    internal static QuantizedLayer With(QuantizedLayer plan, long? bias = null, int? shift = null)
    {
        var q = plan.Integers;
        var integers = new IntegerLayer(
            q.Profile, q.Path, q.Geometry, q.Input, q.Output, q.Weights, q.Shape,
            bias is { } value ? q.Bias.SetItem(0, value) : q.Bias,
            q.Multiplier,
            shift is { } right ? Fs.Channelwise.perTensor(right) : q.Shift,
            q.IntrinsicShift, q.OutputOffset, q.OutputRange);
        return new QuantizedLayer(
            plan.Request, plan.Precision, plan.Observed, plan.Activation, plan.Plan, plan.RealBias, integers, plan.Trace);
    }

    /// <summary>A plan for processors that add products in full, on one that adds them in pairs: some saturate.</summary>
    internal static QuantizedLayer OnPairs()
    {
        var plan = Plan(Precision.TfliteInt8, Profiles.OnnxRuntimeVnni);
        return new QuantizedLayer(
            plan.Request, plan.Precision, plan.Observed, plan.Activation, plan.Plan, plan.RealBias,
            plan.Integers.With(Profiles.OnnxRuntimeX64Avx2), plan.Trace);
    }

    /// <summary>Writes a document with layers of these names.</summary>
    internal static string Write(TemporaryFolder folder, params string[] names) =>
        Write(folder, Plan(Precision.TfliteInt8), names);

    internal static string Write(TemporaryFolder folder, QuantizedLayer plan, params string[] names)
    {
        var path = folder.File("plan.json");
        PlanFile.Write(path, new PlanDocument { Layers = [.. names.Select(name => new NamedPlan(name, "Gemm", plan))] });
        return path;
    }
}
