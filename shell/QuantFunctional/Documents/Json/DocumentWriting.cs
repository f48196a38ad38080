namespace QuantFunctional.Documents.Json;

/// <summary>A plan document to its JSON.</summary>
internal static class DocumentWriting
{
    /// <summary>The JSON, once it is sure that it reads back as the same plans.</summary>
    /// <param name="where">What messages call the document.</param>
    /// <param name="document">The plans.</param>
    /// <param name="arrays">The name of the .npz file for the integer weights; null where they stand inline.</param>
    /// <exception cref="QuantException">A plan contradicts itself, or two profiles share a name.</exception>
    internal static PlanJson ToJson(string where, PlanDocument document, string? arrays)
    {
        var json = new PlanJson
        {
            Format = PlanJson.FormatName,
            Version = PlanJson.CurrentVersion,
            Model = document.Model,
            QuantizedModel = document.QuantizedModel is { } written ? new(written.File, written.Sha256) : null,
            Arrays = arrays,
            Profiles = [.. document.Layers.Select(layer => layer.Plan.Request.Profile).Distinct().Select(ProfileMapping.ToJson)],
            Tensors = [.. document.Tensors.Select(t => new TensorJson(t.Name, ToJson(t.Encoding), t.Range))],
            Layers = [.. document.Layers.Select((layer, index) => ToJson(layer, arrays is null ? null : index))],
            WeightOnlyLayers =
            [
                .. document.WeightOnlyLayers.Select((layer, index) =>
                    WeightOnlyMapping.ToJson(layer, arrays is null ? null : document.Layers.Count + index)),
            ],
            Joins = [.. document.Joins.Select(JoinMapping.ToJson)],
            LeftInFloat = document.LeftInFloat,
        };
        var place = new Place(where);
        var store = new KnownWeights(document);
        if (!DocumentReading.ToDocument(json, place, store).Equals(document))
            throw place.Fault(Diagnostics.PlanContradicts, "a plan contradicts itself, so it could not be read back; plan the layer again.");
        return json;
    }

    private static LayerJson ToJson(NamedPlan layer, int? arrayIndex)
    {
        var (plan, integers) = (layer.Plan, layer.Plan.Integers);
        return new LayerJson
        {
            Name = layer.Name,
            Operator = layer.Operator,
            Request = ToJson(plan.Request, arrayIndex),
            Precision = Names.Precisions[plan.Precision],
            Path = Names.Paths[integers.Path],
            Activation = Names.Activations[plan.Activation],
            Geometry = new(
                integers.Geometry.Strides,
                integers.Geometry.Pads,
                integers.Geometry.Dilations,
                integers.Geometry.IsTransposed),
            Observed = new(
                plan.Observed.Low,
                plan.Observed.High,
                plan.Observed.Means is { IsEmpty: false } means ? means : null,
                plan.Observed.Histogram?.Counts,
                plan.Observed.StepRaise is > 0 and var raise ? raise : null),
            Plan = ToJson(plan.Plan),
            Integers = new IntegersJson
            {
                Rounding = Names.Roundings[integers.Rounding],
                AccumulatorBits = integers.Accumulator.Bits,
                MsbLeftShift = integers.MsbLeftShift,
                OutputOffset = integers.OutputOffset,
                OutputRange = new(integers.OutputRange.Low, integers.OutputRange.High),
                Bias = integers.Bias,
                Weights = WeightArrays.ToJson(integers.Shape, integers.Weights, arrayIndex),
            },
            RealBias = plan.RealBias,
            Attempts = AttemptReport.Of(plan.Trace),
        };
    }

    private static RequestJson ToJson(PlanRequest request, int? arrayIndex) => new(
        request.Profile.Name,
        Names.PrecisionRequests[request.Precision],
        request.PerChannel,
        request.Asymmetric,
        new(Names.CorrectionOf(request.BiasCorrection), request.BiasCorrection switch
        {
            BiasCorrection.FromMeanInput correction => correction.Means,
            BiasCorrection.FromMeanOutput correction => correction.Quantized,
            _ => null,
        }),
        request.WeightRounding is WeightRounding.Differences rounding ? WeightArrays.ToJson(rounding.Added, arrayIndex) : null);

    private static ScalesJson ToJson(Plan plan) => new()
    {
        Input = ToJson(plan.Input),
        Output = ToJson(plan.Output),
        WeightScale = plan.WeightScale.Values,
        BiasScale = plan.BiasScale.Values,
        RequantizationScale = [.. plan.Requantization.Values.Select(entry => entry.Scale)],
        Multiplier = [.. plan.Requantization.Values.Select(entry => entry.Multiplier)],
        Shift = [.. plan.Requantization.Values.Select(entry => entry.Shift)],
        IntrinsicShift = plan.IntrinsicShift.Values,
    };

    private static EncodingJson ToJson(Encoding encoding) =>
        new(encoding.StepSize, encoding.Scale, encoding.ZeroPoint, Names.Types[encoding.Type]);
}
