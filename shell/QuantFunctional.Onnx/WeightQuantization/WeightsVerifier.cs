using QuantFunctional.Documents;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Holds the integer weights of a model to their plan and to the float model, one product after the other.</summary>
internal static class WeightsVerifier
{
    internal static WeightsVerification Verify(VerifyWeightsRequest request, CancellationToken cancel)
    {
        if (request.PlanPath is null && request.Float is null)
        {
            throw Diagnostics.OptionNeedsAnother.Fault(
                $"{request.Model.Name}: of weights alone nothing can overflow; --against PLAN.json holds them to their plan, --float FLOAT.onnx to the float model.",
                file: request.Model.Name);
        }

        var document = request.PlanPath is { } path ? PlanOf(path) : null;
        var model = OnnxModel.Load(ModelFolder.DecoderOf(request.Model));
        var weights = FoundIntegers.Of(model);
        if (document is null && weights.Found.Count == 0)
        {
            throw Diagnostics.NoIntegerLayer.Fault(
                $"{model.Path}: the weights of no product or embedding are integers, so there is nothing to verify.", file: model.Path);
        }

        var floats = request.Float is { } source ? new FloatWeights(OnnxModel.Load(ModelFolder.DecoderOf(source))) : null;
        var plans = (document?.WeightOnlyLayers ?? []).GroupBy(plan => plan.Name).ToDictionary(named => named.Key, named => named.First());
        var disputes = new List<WeightDispute>();
        var layers = new List<VerifiedWeights>();
        foreach (var weight in weights.Found)
        {
            cancel.ThrowIfCancellationRequested();
            layers.Add(OfOne(weight, new ReadWeights(weight, model.Path), plans.GetValueOrDefault(weight.Name), floats, disputes));
            Memory.LetGoOf(weight.Integers);
        }

        var found = weights.Found.Select(weight => weight.Name).ToHashSet();
        disputes.AddRange(plans.Values.Where(plan => !found.Contains(plan.Name)).Select(plan => new WeightDispute(
            "the whole", $"{plan.Plan.Request.Type.Name} weights", "no such product or embedding with integer weights") { Name = plan.Name }));
        disputes.AddRange(OfModel(document, model));
        return new WeightsVerification(model.Path, request.PlanPath, request.Float?.Name, layers, disputes)
        {
            NotCovered =
            [
                .. document is null ? [] : layers.Where(layer => !plans.ContainsKey(layer.Name)).Select(layer => $"{layer.Name}: the plan says nothing of it"),
                .. weights.NotRead,
            ],
        };
    }

    private static PlanDocument PlanOf(string path)
    {
        var document = PlanFile.Read(path);
        return document.WeightOnlyLayers.Count > 0
            ? document
            : throw Diagnostics.OptionValueWrong.Fault(
                $"{path}: a plan without layers of which the weights alone are integers; what holds a model to a plan with activations is its certificate, "
                + "which quantfn verify PLAN.json -o makes.",
                file: path);
    }

    private static VerifiedWeights OfOne(
        IntegerWeight weight, ReadWeights read, NamedWeightOnlyPlan? plan, FloatWeights? floats, List<WeightDispute> disputes)
    {
        var (told, differing) = plan is null ? ([], 0) : new PlannedIntegers(plan).Compare(weight, read);
        disputes.AddRange(told);
        var errors = floats is null ? null : Errors(weight, read, floats, disputes);
        var isNearest = plan is not { BySecondMoments: true };
        if (errors is { FirstAbove: { } first } && isNearest)
        {
            disputes.Add(new WeightDispute(
                "the squared error", $"at most {FSharp.RealText.ofDouble(first.Nearest)}, that of the nearest integers",
                FSharp.RealText.ofDouble(first.SquaredError))
            {
                Name = weight.Name,
                Channel = first.Channel,
                Block = first.Block,
            });
        }

        return new VerifiedWeights(weight.Name, weight.Operator, weight.Type, weight.BlockSize, weight.Inputs, weight.Channels)
        {
            Differing = plan is null ? null : differing,
            BySecondMoments = plan?.BySecondMoments,
            Errors = errors,
        };
    }

    private static WeightErrors? Errors(IntegerWeight weight, ReadWeights read, FloatWeights floats, List<WeightDispute> disputes)
    {
        if (floats.Of(weight) is { } reals)
            return BlockErrors.Of(weight, read, reals);
        disputes.Add(new WeightDispute(
            "the real weights", FormattableString.Invariant($"{weight.Channels} outputs of {weight.Inputs} inputs"), "none of that name and size in the float model")
        { Name = weight.Name });
        return null;
    }

    // where a number of the weights differs, so does the digest; it stands last, since the places are told first
    private static IEnumerable<WeightDispute> OfModel(PlanDocument? document, OnnxModel model)
    {
        if (document?.QuantizedModel is { } written && ModelDigest.Of(model) is var digest && digest != written.Sha256)
            yield return new WeightDispute("the SHA-256 of the tensors and operators", written.Sha256, digest) { Name = Path.GetFileName(model.Path) };
    }
}
