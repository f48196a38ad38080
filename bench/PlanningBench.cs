using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;

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
        _layers.AddRange(PlanningLayers.OfResNet50(Layout, _weights.Add));
        _copies.AddRange(_weights.Select(weights => new float[weights.Length]));
        PlanningLayers.Expect(_layers, FSharp.BackendProfile.Reference, retries: 0);
        PlanningLayers.Expect(_layers, FSharp.BackendProfile.OnnxRuntimeVnni, retries: 0);
        PlanningLayers.Expect(_layers, FSharp.BackendProfile.OnnxRuntime, retries: 1); // pairs overflow in every layer
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

    [Benchmark(Description = "Plan for onnxruntime-vnni: products in full")]
    public void PlanForOnnxRuntimeVnni() => Plan(FSharp.BackendProfile.OnnxRuntimeVnni);

    [Benchmark(Description = "Plan for onnxruntime: pairs in 16 bits")]
    public void PlanForOnnxRuntime() => Plan(FSharp.BackendProfile.OnnxRuntime);

    private void Plan(BackendProfile profile) => PlanningLayers.Plan(_layers, profile);
}
