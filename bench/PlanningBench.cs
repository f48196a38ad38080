using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using Microsoft.FSharp.Core;

namespace QuantFunctional.Bench;

/// <summary>What planning a network costs over copying its weights: per channel, tflite-int8, one thread.</summary>
[Config(typeof(PlanningRuns))]
public class PlanningBench
{
    private readonly List<float[]> _weights = [];
    private readonly List<float[]> _copies = [];
    private readonly List<Layer> _layers = [];

    /// <summary>OIHW: the weights of a channel are neighbours. HWIO: neighbours belong to neighbouring channels.</summary>
    [Params("OIHW", "HWIO")]
    public string Layout { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        Console.WriteLine(FormattableString.Invariant(
            $"// accelerated: 512 bits {Vector512.IsHardwareAccelerated}, 256 bits {Vector256.IsHardwareAccelerated}, 128 bits {Vector128.IsHardwareAccelerated}"));
        var random = new Random(4);
        foreach (var shape in ResNet50.Shapes)
            Add(shape, random);

        foreach (var profile in (BackendProfile[])[FSharp.BackendProfile.Reference, FSharp.BackendProfile.OnnxRuntime])
        {
            var plans = _layers.Select(layer => Get(FSharp.Pipeline.plan(Request(profile), layer)));
            if (plans.Any(plan => plan.Trace.Retries > 0))
                throw new InvalidOperationException("A layer of the benchmark took more than one attempt.");
        }
    }

    [Benchmark(Baseline = true, Description = "Copy the weights")]
    public void Copy()
    {
        for (var i = 0; i < _weights.Count; i++)
            _weights[i].AsSpan().CopyTo(_copies[i]);
    }

    [Benchmark(Description = "Find the weights' scales, alone")]
    public void Scales()
    {
        foreach (var layer in _layers)
            FSharp.WeightScales.largestMagnitudes(layer.Weights);
    }

    [Benchmark(Description = "Plan for reference")]
    public void PlanForReference() => Plan(FSharp.BackendProfile.Reference);

    [Benchmark(Description = "Plan for onnxruntime")]
    public void PlanForOnnxRuntime() => Plan(FSharp.BackendProfile.OnnxRuntime);

    private void Plan(BackendProfile profile)
    {
        var request = Request(profile);
        foreach (var layer in _layers)
            FSharp.Pipeline.plan(request, layer);
    }

    private static PlanRequest Request(BackendProfile profile) => new(
        profile,
        PrecisionRequest.NewExactly(Precision.TfliteInt8),
        perChannel: true,
        asymmetric: true,
        BiasCorrection.Off);

    // weights of He's initialization; inputs and outputs as after a batch normalization
    private void Add(int[] shape, Random random)
    {
        var weights = new float[shape[0] * shape[1] * shape[2] * shape[3]];
        var deviation = Math.Sqrt(2.0 / (shape[1] * shape[2] * shape[3]));
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)(deviation * Normal(random));

        _weights.Add(weights);
        _copies.Add(new float[weights.Length]);
        var view = Layout == "OIHW"
            ? Get(FSharp.WeightView.create(WeightLayout.OIHW, 1, shape, weights))
            : Get(FSharp.WeightView.create(WeightLayout.HWIO, 1, [shape[2], shape[3], shape[1], shape[0]], weights));
        var bias = Enumerable.Range(0, shape[0]).Select(_ => (float)(0.1 * Normal(random))).ToArray();
        _layers.Add(Get(FSharp.Layer.create(
            view,
            FSharp.Geometry.plain(2),
            bias,
            Get(FSharp.Encoding.ofStep(0.03, -60, ScalarType.Int8)),
            Get(FSharp.ObservedDistribution.ofRange(-6, 7)),
            Activation.Linear)));
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static T Get<T>(FSharpResult<T, Refusal> result) =>
        result.IsOk ? result.ResultValue : throw new InvalidOperationException(result.ErrorValue.Message);

    private static T Get<T>(FSharpResult<T, Refused> result) =>
        result.IsOk ? result.ResultValue : throw new InvalidOperationException(result.ErrorValue.Message);
}
