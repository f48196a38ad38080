using QuantFunctional.Formats;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>Gathers what a report for people shows beyond the figures: how values and weights are distributed, and where integers hold.</summary>
internal sealed class ReportPictures(PlannedNetwork network, Observations observed)
{
    // more is not looked at, and the page stays small
    private const int MostTensors = 12;
    private const int MostLayers = 6;

    /// <summary>The facts of a report.</summary>
    internal ReportFacts Of(QuantizeRequest request, PlanOptions options, QuantizationReport report) => new(
        request.Model.Name,
        request.Precision.Name,
        options.Profile.Name,
        $"{request.RangesOrDefault}",
        report,
        [.. Worst(report, RoundingKind.Activations).Select(Tensor).OfType<TensorHistogram>().Take(MostTensors)],
        [.. Worst(report, RoundingKind.Weights).Take(MostLayers).Select(Weights).OfType<WeightHistogram>()],
        WhereIntegersHold.OnEach(network.Quantized, options.Profile));

    private static IEnumerable<RoundingLoss> Worst(QuantizationReport report, RoundingKind kind) =>
        report.Budget?.WorstFirst.Where(one => one.Kind == kind) ?? [];

    /// <summary>A tensor's values; null where none were counted, as of constants.</summary>
    private TensorHistogram? Tensor(RoundingLoss rounding)
    {
        var values = rounding.Tensors
            .Where(tensor => network.Scheme.Index.Initializer(tensor) is null)
            .Select(tensor => MovedTensors.Observed(tensor, network.Scheme.Index, observed.Tensors.ContainsKey))
            .OfType<string>()
            .Distinct()
            .Select(tensor => observed.Tensors[tensor].Histogram)
            .Aggregate(FSharp.ValueHistogram.empty, FSharp.ValueHistogram.merge);
        if (FSharp.ValueHistogram.count(values) == 0)
            return null;
        var encoding = network.Encodings.Of(rounding.Name);
        var lowest = network.Storage.Type == ScalarType.Int8 ? sbyte.MinValue : short.MinValue;
        return new TensorHistogram(
            rounding,
            values,
            (lowest - encoding.ZeroPoint) * encoding.StepSize,
            (lowest + network.Storage.Levels - encoding.ZeroPoint) * encoding.StepSize,
            encoding.StepSize);
    }

    private WeightHistogram? Weights(RoundingLoss rounding)
    {
        if (network.Layers.FirstOrDefault(one => one.Node.Layer!.Node.DisplayName() == rounding.Name) is not { } planned)
            return null;
        float[] before = planned.Node.Layer!.Values;
        var after = LayerWriter.Dequantized(planned.Node.Layer, planned.Plan);
        var (signal, noise) = (0.0, 0.0);
        for (var i = 0; i < before.Length; i++)
        {
            signal += (double)before[i] * before[i];
            noise += ((double)after[i] - before[i]) * ((double)after[i] - before[i]);
        }

        return new WeightHistogram(
            rounding, FSharp.ValueHistogram.ofValues(before), FSharp.ValueHistogram.ofValues(after),
            Decibels.Of(signal, noise));
    }
}
