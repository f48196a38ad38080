using System.Collections.Immutable;
using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using Microsoft.FSharp.Core;

namespace QuantFunctional.Bench;

/// <summary>What our integer executors take over ONNX Runtime's QLinearConv with unsigned activations, one thread.</summary>
/// <remarks>
/// Weights are small enough that no pair of products leaves 16 bits, so that every processor gives the same outputs; the rows of
/// pairs have weights of all 8 bits, of which pairs saturate.
/// </remarks>
[Config(typeof(ExecutorRuns))]
public class ExecutorBench
{
    private const float InputStep = 0.03f, WeightStep = 0.01f, OutputStep = 0.4f;

    private static readonly Dictionary<string, LayerShape> Layers = new()
    {
        ["3x3 64 to 64 at 56x56"] = new(64, 64, 3, 56, 1),
        ["1x1 256 to 64 at 56x56"] = new(256, 64, 1, 56, 1),
        ["depthwise 3x3 96 at 112x112"] = new(96, 96, 3, 112, 96),
    };

    private IntegerLayer _layer = null!;
    private PreparedLayer _prepared = null!;
    private IntegerLayer _saturating = null!;
    private PreparedLayer _preparedSaturating = null!;
    private IntegerTensor _input = null!;
    private ByteTensor _bytes = null!;
    private int[] _wholeOutputs = [];
    private sbyte[] _byteOutputs = [];
    private QLinearConvModel _peer = null!;

    public static IEnumerable<string> Shapes => Layers.Keys;

    [ParamsSource(nameof(Shapes))]
    public string Shape { get; set; } = "";

    /// <summary>The multiply-adds of a layer.</summary>
    internal static double ProductsOf(string shape)
    {
        var (inputs, outputs, kernel, size, groups) = Layers[shape];
        return (double)inputs / groups * outputs * kernel * kernel * size * size;
    }

    [GlobalSetup]
    public void Setup()
    {
        Console.WriteLine(FormattableString.Invariant(
            $"// accelerated: 512 bits {Vector512.IsHardwareAccelerated}, 256 bits {Vector256.IsHardwareAccelerated}, 128 bits {Vector128.IsHardwareAccelerated}"));
        var random = new Random(5);
        var (inputs, outputs, kernel, size, groups) = Layers[Shape];
        _layer = LayerOf(FSharp.BackendProfile.OnnxRuntime, random, 64, inputs, outputs, kernel, groups);
        _saturating = LayerOf(FSharp.BackendProfile.OnnxRuntimeX64Avx2, random, 127, inputs, outputs, kernel, groups);
        var values = new sbyte[inputs * size * size];
        for (var i = 0; i < values.Length; i++)
            values[i] = (sbyte)random.Next(-128, 128);

        ImmutableArray<int> sizes = [1, inputs, size, size];
        _bytes = new ByteTensor(sizes, [.. values]);
        _input = new IntegerTensor(sizes, [.. values.Select(value => (int)value)]);
        _prepared = FSharp.FastExecutor.prepare(_layer);
        _peer = new QLinearConvModel(_layer, InputStep, WeightStep, OutputStep, _bytes, [1, outputs, size, size]);
        _peer.Run();
        var plain = Get(FSharp.Executor.run(_layer, _input)).Output.Values;
        if (!_peer.Outputs.SequenceEqual(plain.Select(value => (sbyte)value)))
            throw new InvalidOperationException("ONNX Runtime gives other outputs.");
        _wholeOutputs = new int[plain.Length];
        _byteOutputs = new sbyte[plain.Length];
        FastBytes();
        Fast();
        if (!_byteOutputs.SequenceEqual(_peer.Outputs) || !_wholeOutputs.SequenceEqual(plain))
            throw new InvalidOperationException("The fast executor gives other outputs.");
        _preparedSaturating = FSharp.FastExecutor.prepare(_saturating);
        FastPairs();
        if (!_byteOutputs.SequenceEqual(Get(FSharp.Executor.output(_saturating, _input)).Values.Select(value => (sbyte)value)))
            throw new InvalidOperationException("The fast executor gives other outputs of pairs.");
    }

    [GlobalCleanup]
    public void Cleanup() => _peer.Dispose();

    [Benchmark(Baseline = true, Description = "ONNX Runtime")]
    public void Peer() => _peer.Run();

    [Benchmark(Description = "Fast executor, bytes")]
    public object FastBytes() => FSharp.FastExecutor.runBytesInto(1, _prepared, _bytes, _byteOutputs);

    [Benchmark(Description = "Fast executor, bytes, pairs")]
    public object FastPairs() => FSharp.FastExecutor.runBytesInto(1, _preparedSaturating, _bytes, _byteOutputs);

    [Benchmark(Description = "Fast executor")]
    public object Fast() => FSharp.FastExecutor.runInto(1, _prepared, _input, _wholeOutputs);

    [Benchmark(Description = "Fast executor, new arrays")]
    public object FastNew() => FSharp.FastExecutor.run(1, _prepared, _input);

    [Benchmark(Description = "Plain executor")]
    public object Plain() => FSharp.Executor.output(_layer, _input);

    [Benchmark(Description = "Plain executor, pairs")]
    public object PlainPairs() => FSharp.Executor.output(_saturating, _input);

    private static IntegerLayer LayerOf(
        BackendProfile profile, Random random, int largest, int inputs, int outputs, int kernel, int groups)
    {
        int[] sizes = [outputs, inputs / groups, kernel, kernel];
        var shape = Get(FSharp.WeightShape.create(WeightLayout.OIHW, groups, sizes));
        var weights = Enumerable.Range(0, shape.Count).Select(_ => (sbyte)random.Next(-largest, largest + 1)).ToImmutableArray();
        var bias = Enumerable.Range(0, outputs).Select(_ => (long)random.Next(-5000, 5000)).ToImmutableArray();

        // the float32 factor that ONNX Runtime makes of the steps, in its order
        var factor = InputStep * WeightStep / OutputStep;
        var exponent = 23 - Math.ILogB(factor);
        return new IntegerLayer(
            profile,
            ActivationPath.Int8,
            new Geometry([1, 1], [.. Enumerable.Repeat(kernel / 2, 4)], [1, 1], isTransposed: false),
            Get(FSharp.Encoding.ofStep(InputStep, -11, ScalarType.Int8)),
            Get(FSharp.Encoding.ofStep(OutputStep, 5, ScalarType.Int8)),
            weights,
            shape,
            bias,
            FSharp.Channelwise.perTensor((int)Math.ScaleB(factor, exponent)),
            FSharp.Channelwise.perTensor(exponent),
            FSharp.Channelwise.perTensor(0),
            outputOffset: 5,
            outputRange: new Interval(-128, 127));
    }

    private static T Get<T>(FSharpResult<T, Refusal> result) =>
        result.IsOk ? result.ResultValue : throw new InvalidOperationException(result.ErrorValue.Message);

    private static T Get<T>(FSharpResult<T, ExecutionFault> result) =>
        result.IsOk ? result.ResultValue : throw new InvalidOperationException(result.ErrorValue.Message);

    private sealed record LayerShape(int Inputs, int Outputs, int Kernel, int Size, int Groups);
}
