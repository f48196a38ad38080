using QuantFunctional.Documents;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Reporting;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Makes the weights of a model's products integers, in the form that ONNX Runtime runs as MatMulNBits.</summary>
internal static class WeightsQuantizer
{
    private static readonly int[] BlockSizes = [16, 32, 64, 128, 256];

    internal static QuantizationReport Quantize(
        QuantizeWeightsRequest request,
        SampleArrays? comparison,
        QuantizationLog log,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        RefuseBlockSize(request.BlockSize);
        var destinations = new Destinations(
            request.ResultPath, request.PlanPath, request.Overwrite, [request.Model.Path, comparison?.Path]);
        destinations.Check();
        var loaded = OnnxModel.Load(request.Model);
        log.Read(request.Model.Name, loaded.Graph.Node.Count, loaded.Opset);
        var bytesBefore = ModelSize.Of(request.Model, loaded);
        var original = Exclusions.Named(loaded);
        var prepared = ModelPreparation.Prepare(original, staysTransposed: _ => true);
        var kept = Exclusions.Resolve(request.Exclude, request.ExcludeTypes, original, prepared);
        var layers = WeightLayers.Find(prepared, kept);
        RefuseNothingToDo(prepared, layers);
        if (comparison is not null)
            ModelComparer.CheckData(original, comparison);

        BlocksOpset.Raise(prepared);
        var plans = layers.Plan(request, progress, cancel);
        var quantized = WeightLayerWriter.Rewrite(prepared, plans);
        var operators = FusedGraph.Count(quantized);
        var compared = comparison is not null
            ? ModelComparer.Compare(original, quantized, comparison, labelsArray: null, withEngine: false, profile: null, progress, cancel)
            : null;
        cancel.ThrowIfCancellationRequested();
        var plan = Document(request, layers, plans);
        var written = destinations.Write(quantized, plan);
        return new QuantizationReport(
            request.ResultPath,
            request.PlanPath,
            Layers: [],
            WeightOnlyLayers: [.. plans.Select(plan => plan.Summary())],
            Operators: operators,
            LeftInFloat: layers.LeftInFloat,
            BytesBefore: bytesBefore,
            BytesAfter: written.LongLength,
            Warnings: [.. Unfused(operators, plans.Count)],
            Comparison: compared,
            QuantizedModel: request.ResultPath ?? ModelSource.FromBytes(written, request.Model.Name),
            Plan: plan)
        {
            Holds = WhereIntegersHold.OfWeightsAlone,
        };
    }

    private static PlanDocument Document(
        QuantizeWeightsRequest request, WeightLayers layers, IReadOnlyList<PlannedWeights> plans) => new()
        {
            Model = Path.GetFileName(request.Model.Name),
            Layers = [],
            WeightOnlyLayers = [.. plans.Select(planned =>
                new NamedWeightOnlyPlan(planned.Layer.Node.DisplayName(), planned.Layer.Node.OpType, planned.Plan))],
            LeftInFloat = [.. layers.LeftInFloat.Select(left => new FloatNodePlan(left.Name, left.Operator, left.Reason))],
        };

    private static IEnumerable<ReportWarning> Unfused(IReadOnlyList<OperatorCount> operators, int planned)
    {
        var fused = operators.Where(o => o.Operator == "MatMulNBits").Sum(o => o.Count);
        if (fused < planned)
        {
            yield return Diagnostics.WeightsDequantized.Warn(
                $"ONNX Runtime dequantizes the weights of {planned - fused} layers at every run on this machine");
        }
    }

    private static void RefuseBlockSize(int size)
    {
        if (!BlockSizes.Contains(size))
        {
            throw Diagnostics.BlockSizeNotRun.Fault(
                $"--group: {size} is none of {string.Join(", ", BlockSizes)}, the block sizes that ONNX Runtime's kernel runs.");
        }
    }

    private static void RefuseNothingToDo(OnnxModel model, WeightLayers layers)
    {
        if (layers.Found.Count > 0)
            return;
        var reasons = layers.LeftInFloat
            .Select(left => $"node {left.Name} ({left.Operator}): {left.Reason}")
            .Take(3)
            .ToList();
        throw Diagnostics.NothingToQuantize.Fault(
            $"{model.Path}: nothing to quantize: the model has no Gemm or MatMul with constant weights"
            + (reasons.Count > 0 ? $" that can be ({string.Join("; ", reasons)})." : "."),
            file: model.Path);
    }
}
