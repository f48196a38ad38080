using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Bench;

/// <summary>What calibrating costs over bare inference of the same samples; sessions are open already.</summary>
[Config(typeof(LongRuns))]
public class CalibrationBench
{
    private const double SecondsPerIteration = 7; // 5 are wanted, and a busy machine is judged too slow
    private readonly string _stored = Path.Combine(Path.GetTempPath(), $"quantfn-bench-{Guid.NewGuid():N}.npy");
    private BenchModel _model = null!;
    private OnnxModel _prepared = null!;
    private BareInference _bare = null!;
    private BareInference _barePrepared = null!;
    private ObservedTensors _observing = null!;
    private int _passes;

    private static readonly Dictionary<string, int> Passes = [];
    private static readonly Dictionary<string, long> SamplesPerPass = [];

    /// <summary>Samples that each iteration runs.</summary>
    internal static long SamplesPerIteration(string model) =>
        Passes.GetValueOrDefault(model) * SamplesPerPass.GetValueOrDefault(model);

    public static IEnumerable<string> Models => BenchModel.All.Select(model => model.Name);

    [ParamsSource(nameof(Models))]
    public string Model { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _model = BenchModel.All.Single(model => model.Name == Model);
        var original = OnnxModel.Load(_model.Model);
        _prepared = ModelPreparation.Prepare(original);
        _bare = new BareInference(original, _model.Samples);
        _barePrepared = new BareInference(_prepared, _model.Samples);
        _observing = new ObservedTensors(_prepared, _model.Samples);
        StoredSamples.Write(_model.Samples, _stored);

        // every row of a model makes the same number of passes, also where each row has a setup of its own
        if (!Passes.TryGetValue(Model, out _passes))
            Passes[Model] = _passes = EnoughPasses();
    }

    [Benchmark(Baseline = true, Description = "Bare: the model as it is, samples in memory")]
    public void Bare() => Repeat(_bare.Pass);

    [Benchmark(Description = "Bare: the prepared model, samples in memory")]
    public void BarePrepared() => Repeat(_barePrepared.Pass);

    [Benchmark(Description = "Calibrate, samples from the packed file")]
    public void Calibrate() => Repeat(() => _observing.Pass(_model.Samples));

    [Benchmark(Description = "Calibrate, samples from a .npy")]
    public void CalibrateStored() => Repeat(() => _observing.Pass(_stored));

    [GlobalCleanup]
    public void Cleanup()
    {
        _bare.Dispose();
        _barePrepared.Dispose();
        _observing.Dispose();
        File.Delete(_stored);
    }

    // so many that the fastest row takes long enough, judged by its fastest pass in three seconds
    private int EnoughPasses()
    {
        var fastest = double.MaxValue;
        for (var total = Stopwatch.StartNew(); total.Elapsed.TotalSeconds < 3;)
        {
            var watch = Stopwatch.StartNew();
            _barePrepared.Pass();
            fastest = Math.Min(fastest, watch.Elapsed.TotalSeconds);
        }

        SamplesPerPass[Model] = _barePrepared.Count;
        return (int)Math.Ceiling(SecondsPerIteration / fastest);
    }

    private void Repeat(Action pass)
    {
        for (var i = 0; i < _passes; i++)
            pass();
    }
}
