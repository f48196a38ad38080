using System.Diagnostics.CodeAnalysis;
using QuantFunctional;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Documents;

/// <summary>Plans of random layers: all precisions, named profiles, paths, layouts and bias corrections.</summary>
internal static class RandomLayers
{
    /// <summary>A target of one's own: few bits, few shifts.</summary>
    internal static BackendProfile Narrow { get; } = new(
        "narrow",
        Fs.BackendProfile.Reference.Paths,
        Fs.BackendProfile.Reference.Precisions,
        MultiplierForm.NewInteger(15),
        new Accumulator(20, new ShiftRange(0, 12), new ShiftRange(4, 30), RequantizationRounding.OnceTiesUp),
        new Accumulator(40, new ShiftRange(0, 20), new ShiftRange(0, 46), RequantizationRounding.OnceTiesUp),
        InputZeroPoint.OffEachInput,
        OutputZeroPoint.ByPrecision,
        StepFormat.Float64,
        ReluForm.BySaturation,
        mixedIntrinsicShift: false,
        ProductSums.Pairs16,
        [OperatorArithmetic.OnnxRuntimeX64]);

    private static readonly BackendProfile[] Profiles =
    [
        Fs.BackendProfile.Reference, Fs.BackendProfile.Tflite, Fs.BackendProfile.TfliteInt32Accumulator,
        Fs.BackendProfile.TfliteSingleRounding, Fs.BackendProfile.TfliteSingleRoundingInt32Accumulator,
        Fs.BackendProfile.OnnxRuntime, Narrow,
    ];

    private static readonly (WeightLayout Layout, int[] Sizes, int Groups)[] Shapes =
    [
        (WeightLayout.OIHW, [4, 2, 3, 3], 2), (WeightLayout.OHWI, [3, 2, 2, 2], 1), (WeightLayout.HWIO, [3, 2, 5], 1),
        (WeightLayout.HWIGO, [2, 2, 1, 3, 2], 3), (WeightLayout.IOHW, [4, 2, 2, 2], 2), (WeightLayout.HWOI, [2, 3, 4], 1),
        (WeightLayout.HWGO, [3, 3, 4, 1], 4), (WeightLayout.IHWO, [1, 3, 3, 6], 6), (WeightLayout.IO, [40, 3], 1),
        (WeightLayout.OI, [1, 1], 1), (WeightLayout.OI, [30, 7], 1), (WeightLayout.OIHW, [2, 3, 2, 2, 2], 1),
    ];

    /// <summary>The plans of so many layers; those that cannot be planned are passed over.</summary>
    internal static IEnumerable<QuantizedLayer> Plans(int seed, int count)
    {
        var random = new Random(seed);
        while (count > 0)
        {
            if (!TryPlan(random, out var plan))
                continue;
            count--;
            yield return plan;
        }
    }

    private static bool TryPlan(Random random, [NotNullWhen(true)] out QuantizedLayer? plan)
    {
        var profile = Pick(random, Profiles);
        var (layout, sizes, groups) = Pick(random, Shapes);
        var shape = Open(Fs.WeightShape.create(layout, groups, sizes));
        var observed = Observed(random, shape);
        var wide = random.Next(2) == 0;
        var layer = Open(Fs.Layer.create(
            Open(Fs.WeightView.ofShape(shape, Weights(random, shape))),
            Fs.Geometry.plain(shape.KernelSizes.Length),
            random.Next(4) == 0 ? default : Biases(random, shape.Channels),
            Open(Fs.Encoding.ofStep(
                Math.ScaleB(1 + random.NextDouble(), random.Next(-12, 3)),
                wide ? Pick(random, 0, 0, 513, -7) : random.Next(-128, 128),
                wide ? ScalarType.Int16 : ScalarType.Int8)),
            observed,
            random.Next(3) == 0 ? Activation.Relu : Activation.Linear));
        var request = new PlanRequest(
            profile,
            Pick(random, [
                .. profile.Precisions.Select(PrecisionRequest.NewExactly), PrecisionRequest.SimaInt8OrTflite,
                PrecisionRequest.SimaInt16OrTflite, PrecisionRequest.SimaInt16OrWider,
            ]),
            random.Next(2) == 0,
            random.Next(2) == 0,
            Correction(random, shape, observed),
            WeightRounding.Nearest);
        var result = Fs.Pipeline.plan(request, layer);
        plan = result.IsOk ? result.ResultValue : null;
        return plan is not null;
    }

    private static float[] Weights(Random random, WeightShape shape)
    {
        var weights = new float[shape.Count];
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var exponent = random.Next(8) switch { 0 => -200, 1 => random.Next(-30, 8), _ => 0 };
            for (var input = 0; input < shape.Inputs; input++)
            {
                for (var position = 0; position < shape.Positions; position++)
                {
                    weights[shape.Index(channel, input, position)] =
                        (float)Math.ScaleB((random.NextDouble() * 2) - 1, exponent);
                }
            }
        }

        return weights;
    }

    private static float[] Biases(Random random, int channels)
    {
        var exponent = random.Next(6) == 0 ? random.Next(-40, 30) : 0;
        return [.. Enumerable.Range(0, channels).Select(_ => (float)Math.ScaleB(random.NextDouble() - 0.5, exponent))];
    }

    private static ObservedDistribution Observed(Random random, WeightShape shape)
    {
        var exponent = random.Next(6) == 0 ? random.Next(-60, 60) : random.Next(-3, 6);
        var low = random.Next(3) == 0 ? 0 : -Math.ScaleB(random.NextDouble(), exponent);
        var observed = Open(Fs.ObservedDistribution.ofRange(low, Math.ScaleB(random.NextDouble(), exponent)));
        if (random.Next(2) == 0)
            observed = Open(Fs.ObservedDistribution.withMeans(Means(random, shape.Channels), observed));
        return random.Next(3) == 0
            ? Open(Fs.ObservedDistribution.withHistogram([0, random.Next(1000), long.MaxValue], observed))
            : observed;
    }

    private static BiasCorrection Correction(
        Random random, WeightShape shape, ObservedDistribution observed) =>
        random.Next(4) switch
        {
            0 => BiasCorrection.NewFromMeanInput([.. Means(random, shape.Inputs * shape.Groups)]),
            1 when !observed.Means.IsEmpty =>
                BiasCorrection.NewFromMeanOutput([.. Means(random, shape.Channels)]),
            _ => BiasCorrection.Off,
        };

    private static double[] Means(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() / 3)];

    private static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];

    private static T Open<T>(Microsoft.FSharp.Core.FSharpResult<T, Refusal> result) =>
        result.IsOk ? result.ResultValue : throw new InvalidOperationException(result.ErrorValue.Message);
}
