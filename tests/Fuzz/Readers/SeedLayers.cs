using QuantFunctional.Documents;

namespace QuantFunctional.Fuzz.Readers;

/// <summary>Plans of small layers that between them have everything that a plan document can hold.</summary>
internal static class SeedLayers
{
    internal static IReadOnlyList<PlanDocument> Plans() =>
    [
        Document(Layer(Precision.TfliteInt8, perChannel: true)),
        Document(Layer(Precision.SimaInt8, perChannel: false)),
        Document(Layer(Precision.TfliteInt16, perChannel: true), Layer(Precision.SimaInt16, perChannel: true)),
        new PlanDocument
        {
            Layers = [],
            WeightOnlyLayers = [new NamedWeightOnlyPlan("w", "MatMul", WeightOnlyPlanner.Plan(
                new WeightOnlySpec { Layout = WeightLayout.OI, Shape = [4, 16], Weights = Weights(64) },
                new WeightOnlyOptions()))],
        },
    ];

    private static PlanDocument Document(params QuantizedLayer[] plans) => new()
    {
        Layers = [.. plans.Select((plan, i) => new NamedPlan($"layer {i}", "Conv", plan))],
    };

    // one channel's bias does not fit at first, so that there is a second attempt
    private static QuantizedLayer Layer(Precision precision, bool perChannel) => Planner.Plan(
        new LayerSpec
        {
            Layout = WeightLayout.OIHW,
            Shape = [4, 2, 3, 3],
            Weights = Weights(72),
            Bias = new[] { 0.1f, 0.1f, 5f, 0f },
            InputStep = 0.05,
            InputZeroPoint = 0,
            OutputRange = new RealRange(-6, 6),
        },
        new PlanOptions { Precision = precision, PerChannel = perChannel, Profile = Profiles.Reference });

    private static float[] Weights(int count) =>
        [.. Enumerable.Range(0, count).Select(i => (i / 18 == 2 ? 1e-6f : 0.3f) * (1 - (i % 16 * 7 % 16 / 8f)))];
}
