using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Measures quantized models, as ONNX Runtime runs them, against their float model by what a target asks for.</summary>
internal sealed class TargetMeasurement : IDisposable
{
    private readonly TargetKind _kind;
    private readonly ComparedModel _floats;
    private readonly Func<SampleSource> _open;
    private readonly ClassLabels? _labels;
    private readonly IReadOnlyList<string> _outputs;
    private readonly KeptRuns<IReadOnlyList<(double[] Values, long[] Dims)>> _kept = new();

    /// <summary>Opens the float model.</summary>
    /// <param name="kind">What is measured.</param>
    /// <param name="original">The float model.</param>
    /// <param name="calibration">The samples of which some are held back.</param>
    /// <param name="comparison">The samples that have labels, where these are asked for.</param>
    /// <exception cref="QuantException">No output can be measured so.</exception>
    internal TargetMeasurement(TargetKind kind, OnnxModel original, SampleSet calibration, SampleArrays? comparison)
    {
        _kind = kind;
        _open = kind == TargetKind.Drop ? () => SampleSource.Open(comparison!, original) : () => calibration.Open(original);
        using var samples = _open();
        Data = FormattableString.Invariant($"{samples.Count} in runs of {samples.Batch}");
        if (kind == TargetKind.Drop)
        {
            // asked for by name, so that outputs which are no classes are refused
            _labels = ClassLabels.Read(comparison!, original, SampleSource.UsualLabels, samples.Count)!;
            samples.BeginDigest();
            while (samples.MoveNext())
                continue;
            Data = $"{samples.Digest()} {_labels.Digest} {Data}";
        }

        _floats = new ComparedModel(WideFloats.Runnable(original));
        _outputs = [.. _floats.Session.OutputNames.Where(Holds)];
        if (_outputs.Count == 0 || (kind == TargetKind.Sqnr && _outputs.All(_floats.Whole.Contains)))
        {
            _floats.Dispose();
            throw Diagnostics.NoRealOutput.Fault(
                $"{original.Path}: no output holds {(kind == TargetKind.Sqnr ? "real " : "")}numbers, so that no target can be measured; "
                + "quantize a model that ends before them.",
                file: original.Path);
        }
    }

    /// <summary>What tells the samples from others, beyond the calibration's digest.</summary>
    internal string Data { get; }

    /// <summary>Measures a quantized model.</summary>
    /// <param name="quantized">The model.</param>
    /// <param name="integers">How many of its multiply-adds run in integers.</param>
    /// <param name="cancel">Asked before each run.</param>
    /// <exception cref="QuantException">The float model fails, or a label is none.</exception>
    internal MeasuredJson Of(OnnxModel quantized, long integers, CancellationToken cancel)
    {
        using var samples = _open();
        var (sums, done) = (new ComparisonSums(_outputs, _floats.Whole, _labels), 0L);
        try
        {
            using var model = new ComparedModel(quantized);
            for (var run = 0; Next(samples); run++)
            {
                cancel.ThrowIfCancellationRequested();
                var real = _kept.Of(run, () => Floats(samples), outputs => outputs.Sum(output => output.Values.LongLength));
                sums.Add(real, model.Run(samples, _outputs), quantized.Path, samples);
                done += samples.Filled;
            }
        }
        catch (QuantException fault) when (IsOfResult(fault))
        {
            return new MeasuredJson(integers, done, Failure: fault.Message);
        }

        var figure = TargetFigure.Of(_kind, sums.Result(done));
        return double.IsNegativeInfinity(figure)
            ? new MeasuredJson(integers, done, Failure: "an output that is 0 everywhere in the float model is not so in this network")
            : new MeasuredJson(integers, done, double.IsFinite(figure) ? figure : null);
    }

    /// <summary>Closes the float model.</summary>
    public void Dispose() => _floats.Dispose();

    private bool Next(SampleSource samples) => _kind == TargetKind.Drop ? samples.MoveNext() : samples.MoveNextHeldBack();

    /// <summary>A network that does not run, or gives outputs of other shapes, misses every target.</summary>
    private static bool IsOfResult(QuantException fault) => fault.Diagnostic == Diagnostics.OutputShapesDiffer
        || fault.Diagnostic == Diagnostics.RefusedByOnnxRuntime || fault.Diagnostic == Diagnostics.ComparisonFails;

    private IReadOnlyList<(double[] Values, long[] Dims)> Floats(SampleSource samples)
    {
        try
        {
            return _floats.Run(samples, _outputs);
        }
        catch (QuantException fault)
        {
            throw Diagnostics.RequirementNotChecked.Fault($"{fault.Message} So no target can be measured.", file: fault.File, inner: fault);
        }
    }

    private bool Holds(string output) => _floats.Session.OutputMetadata[output] is { IsTensor: true } fact && OutputValues.CanRead(fact.ElementDataType);
}
