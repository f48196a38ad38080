using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>Runs a quantized model on this library's integers as each kind of processor computes them.</summary>
internal sealed class ProcessorTable
{
    private readonly Row[] _rows;

    private sealed record Row(string Processor, string Profile, IntegerModel Model, ComparisonSums Sums, ElementCount Count);

    /// <summary>Reads the model for every processor.</summary>
    /// <param name="model">The quantized model.</param>
    /// <param name="sums">Makes what adds up a row's distance from the float model.</param>
    /// <exception cref="QuantException">A part of the model does not run on integers there.</exception>
    public ProcessorTable(OnnxModel model, Func<ComparisonSums> sums)
    {
        _rows =
        [
            .. Processors.All.Select(processor =>
            {
                var own = IntegerModel.Load(model, processor.Profile);
                own.RequireIntegers();
                return new Row(processor.Name, processor.Profile.Name, own, sums(), new ElementCount());
            }),
        ];
    }

    /// <summary>Adds the sample that the source holds.</summary>
    /// <param name="samples">The source.</param>
    /// <param name="floats">The float model's outputs.</param>
    public void Add(SampleSource samples, IReadOnlyList<(double[] Values, long[] Dims)> floats)
    {
        Dictionary<string, (double[] Values, long[] Dims)>? first = null;
        foreach (var row in _rows)
        {
            var own = OwnOutputs.Of(row.Model, samples);
            first ??= own;
            foreach (var name in row.Sums.Outputs)
            {
                for (var slot = 0; slot < samples.Filled; slot++)
                {
                    row.Count.Add(
                        samples.Part(name, own[name].Values, own[name].Dims, slot).Values,
                        samples.Part(name, first[name].Values, first[name].Dims, slot).Values,
                        row.Model.Graph.Twins[name].Form.Steps[0]);
                }
            }

            row.Sums.Add(floats, [.. row.Sums.Outputs.Select(name => own[name])], row.Model.Path, samples);
        }
    }

    /// <summary>The whole report: its figures are those of the first processor.</summary>
    public ComparisonReport Result(long samples) => _rows[0].Sums.Result(samples) with
    {
        Processors =
        [
            .. _rows.Select(row => (Row: row, Figures: row.Sums.Result(samples))).Select(found => new ProcessorComparison(
                found.Row.Processor,
                found.Row.Profile,
                found.Figures.QuantizedTop1,
                found.Figures.Agreement,
                found.Figures.Outputs,
                found.Row.Count.Elements,
                found.Row.Count.Differing,
                found.Row.Count.MaxSteps)),
        ],
    };
}
