using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Calibration;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>Runs a quantized model with this library's integers and with ONNX Runtime's, and counts what differs.</summary>
internal sealed class EngineComparer : IDisposable
{
    private readonly IntegerModel _own;
    private readonly ComparedModel _theirs;
    private readonly OperatorTrace _trace;
    private long _equal;
    private long _differing;
    private long _maxSteps;

    public EngineComparer(OnnxModel model)
    {
        _own = IntegerModel.Load(model);
        _own.RequireIntegers();
        _theirs = new ComparedModel(model, OrtSessions.IntegerKernels);
        _trace = new OperatorTrace(_own.Graph);
    }

    /// <summary>Adds the sample that the source holds.</summary>
    public void Add(SampleSource samples)
    {
        var own = _own.Run(samples.Reals()).Outputs;
        var theirs = _theirs.Run(samples, _own.Outputs);
        var differing = _differing;
        foreach (var (name, (values, _)) in _own.Outputs.Zip(theirs))
            Count(own[name].Values.Span, values, _own.Graph.Twins[name].Form.Steps[0]);
        if (_differing > differing)
            _trace.Add(samples);
    }

    public EngineComparison Result() => new(_equal, _differing, _maxSteps, _trace.Result());

    public void Dispose()
    {
        _theirs.Dispose();
        _trace.Dispose();
    }

    private void Count(ReadOnlySpan<float> own, double[] theirs, float step)
    {
        if (own.Length != theirs.Length)
            throw QuantException.Failed("the integer execution gives an output of another size than ONNX Runtime's.");
        for (var i = 0; i < own.Length; i++)
        {
            var steps = (long)Math.Round(Math.Abs(own[i] - theirs[i]) / step);
            _maxSteps = Math.Max(_maxSteps, steps);
            if (own[i] == theirs[i])
                _equal++;
            else
                _differing++;
        }
    }
}
