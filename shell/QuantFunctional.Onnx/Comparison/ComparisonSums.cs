using QuantFunctional.Formats;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>What a comparison adds up over the samples.</summary>
/// <param name="outputs">The outputs that are compared.</param>
/// <param name="whole">Those among them that are whole numbers or truth values.</param>
/// <param name="labels">The right classes; null for none.</param>
internal sealed class ComparisonSums(IReadOnlyList<string> outputs, IReadOnlySet<string> whole, ClassLabels? labels)
{
    private readonly OutputDifference[] _differences = [.. outputs.Select(name => new OutputDifference(name))];
    private long _labelled;
    private long _floatRight;
    private long _quantizedRight;

    /// <summary>The outputs that are compared, in order.</summary>
    public IReadOnlyList<string> Outputs { get; } = outputs;

    /// <summary>Adds the run that a source holds, sample by sample: the outputs of both models.</summary>
    public void Add(
        IReadOnlyList<(double[] Values, long[] Dims)> floats,
        IReadOnlyList<(double[] Values, long[] Dims)> quantized,
        string quantizedPath,
        SampleSource samples)
    {
        for (var i = 0; i < _differences.Length; i++)
        {
            if (!floats[i].Dims.SequenceEqual(quantized[i].Dims))
            {
                throw Diagnostics.OutputShapesDiffer.Fault(
                    $"{quantizedPath}: output `{Outputs[i]}` has shape {Shapes.Text(quantized[i].Dims)}, but the float "
                    + $"model's {Shapes.Text(floats[i].Dims)}; compare a model with its own quantized form.",
                    file: quantizedPath, node: Outputs[i]);
            }
        }

        for (var slot = 0; slot < samples.Filled; slot++)
        {
            var (real, rounded) = (Part(floats, samples, slot), Part(quantized, samples, slot));
            for (var i = 0; i < _differences.Length; i++)
                _differences[i].Add(real[i].Values, rounded[i].Values, real[i].Dims);
            if (labels is not null)
                AddLabel(labels, real[0], rounded[0], samples.Index(slot));
        }
    }

    /// <summary>The report of all samples so far.</summary>
    public ComparisonReport Result(long samples)
    {
        List<OutputComparison> results = [.. _differences.Select((difference, i) => difference.Result() with { AreWholeNumbers = whole.Contains(Outputs[i]) })];
        return new(
            samples,
            _labelled == 0 ? null : (double)_floatRight / _labelled,
            _labelled == 0 ? null : (double)_quantizedRight / _labelled,
            results[0].Agreement,
            results);
    }

    private IReadOnlyList<(double[] Values, long[] Dims)> Part(
        IReadOnlyList<(double[] Values, long[] Dims)> outputs, SampleSource samples, int slot) =>
        samples.Batch == 1
            ? outputs
            : [.. outputs.Select((output, i) => samples.Part(Outputs[i], output.Values, output.Dims, slot))];

    private void AddLabel(
        ClassLabels labels, (double[] Values, long[] Dims) floats, (double[] Values, long[] Dims) quantized, long sample)
    {
        var classes = ArgMaxes.Classes(floats.Dims);
        if (floats.Values.Length == classes && classes > 1)
        {
            var label = labels.Of(sample, classes);
            _labelled++;
            _floatRight += ArgMaxes.Of(floats.Values, classes)[0] == label ? 1 : 0;
            _quantizedRight += ArgMaxes.Of(quantized.Values, classes)[0] == label ? 1 : 0;
        }
        else if (labels.WereAskedFor)
        {
            throw Diagnostics.LabelsWithoutClasses.Fault(
                $"{labels}: the models' output `{Outputs[0]}` of shape {Shapes.Text(floats.Dims)} does not classify "
                + "whole samples, so labels say nothing about it; leave them out.",
                node: Outputs[0]);
        }
    }
}
