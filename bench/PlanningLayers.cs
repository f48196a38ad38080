using Microsoft.FSharp.Core;

namespace QuantFunctional.Bench;

/// <summary>The layers of a network of ResNet-50's shapes, and their plans: per channel, tflite-int8.</summary>
internal static class PlanningLayers
{
    /// <summary>The layers in order; <paramref name="take"/> is given the weights of each.</summary>
    internal static IEnumerable<Layer> OfResNet50(string layout, Action<float[]> take)
    {
        var random = new Random(4);
        foreach (var shape in ResNet50.Shapes)
            yield return Of(layout, shape, random, take);
    }

    internal static void Plan(IEnumerable<Layer> layers, BackendProfile profile)
    {
        var request = Request(profile);
        foreach (var layer in layers)
            FSharp.Pipeline.plan(request, layer);
    }

    /// <summary>Makes sure that each layer is planned, after so many retries.</summary>
    internal static void Expect(IEnumerable<Layer> layers, BackendProfile profile, int retries)
    {
        var plans = layers.Select(layer => Get(FSharp.Pipeline.plan(Request(profile), layer)));
        if (plans.Any(plan => plan.Trace.Retries != retries))
            throw new InvalidOperationException($"A layer was not retried {retries} times for {profile.Name}.");
    }

    private static PlanRequest Request(BackendProfile profile) => new(
        profile,
        PrecisionRequest.NewExactly(Precision.TfliteInt8),
        perChannel: true,
        asymmetric: true,
        BiasCorrection.Off,
        WeightRounding.Nearest);

    // weights of He's initialization; inputs and outputs as after a batch normalization
    private static Layer Of(string layout, int[] shape, Random random, Action<float[]> take)
    {
        var weights = new float[shape[0] * shape[1] * shape[2] * shape[3]];
        var deviation = Math.Sqrt(2.0 / (shape[1] * shape[2] * shape[3]));
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)(deviation * Normal(random));

        take(weights);
        var view = layout == "OIHW"
            ? Get(FSharp.WeightView.create(WeightLayout.OIHW, 1, shape, weights))
            : Get(FSharp.WeightView.create(WeightLayout.HWIO, 1, [shape[2], shape[3], shape[1], shape[0]], weights));
        var bias = Enumerable.Range(0, shape[0]).Select(_ => (float)(0.1 * Normal(random))).ToArray();
        return Get(FSharp.Layer.create(
            view,
            FSharp.Geometry.plain(2),
            bias,
            Get(FSharp.Encoding.ofStep(0.03, -60, ScalarType.Int8)),
            Get(FSharp.ObservedDistribution.ofRange(-6, 7)),
            Activation.Linear));
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static T Get<T>(FSharpResult<T, Refusal> result) =>
        result.IsOk ? result.ResultValue : throw new InvalidOperationException(result.ErrorValue.Message);

    private static T Get<T>(FSharpResult<T, Refused> result) =>
        result.IsOk ? result.ResultValue : throw new InvalidOperationException(result.ErrorValue.Message);
}
