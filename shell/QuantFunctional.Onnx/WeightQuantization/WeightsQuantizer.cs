using QuantFunctional.Onnx.Comparison;
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

    // the first opset whose DequantizeLinear takes steps of float16
    private const long FirstOfHalfSteps = 19;

    internal static QuantizationReport Quantize(
        QuantizeWeightsRequest request,
        SampleArrays? calibration,
        SampleArrays? comparison,
        QuantizationLog log,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        RefuseBlockSize(request.BlockSize);
        RefuseZeroPoints(request);
        var destinations = new Destinations(
            request.ResultPath, request.PlanPath, request.Overwrite, [request.Model.Path, calibration?.Path, comparison?.Path])
        {
            ExternalData = request.ExternalData,
            Placed = request.Placed,
        };
        destinations.Check();
        var loaded = OnnxModel.Load(request.Model);
        destinations = destinations with { Inputs = [.. destinations.Inputs, .. loaded.DataFiles] };
        log.Read(request.Model.Name, loaded.Graph.Node.Count, loaded.Opset);
        var bytesBefore = ModelSize.Of(request.Model, loaded);
        var original = Exclusions.Named(loaded);
        var prepared = ModelPreparation.PrepareWeights(original);
        var kept = Exclusions.Resolve(request.Exclude, request.ExcludeTypes, original, prepared);
        var products = WeightLayers.Find(prepared, kept);
        if (products.AreSomeHalf && prepared.Opset < FirstOfHalfSteps)
            BlocksOpset.Raise(prepared);
        var embeddings = QuantizedEmbeddings.Find(prepared, products, kept, request);
        RefuseNothingToDo(prepared, products, embeddings);
        var layers = embeddings.Others;
        // one place for two tensors is to be had in a file of weights alone
        request = request with { ExternalData = request.ExternalData || (embeddings.Heads > 0 && request.ResultPath is not null) };
        foreach (var data in new[] { calibration, comparison }.OfType<SampleArrays>())
            ModelComparer.CheckData(original, data);

        if (request.Granularity is WeightGranularity.PerGroup || embeddings.HaveBlocks)
            BlocksOpset.Raise(prepared);
        var areHalf = HalfPrecision.IsHeld(prepared);
        var samples = calibration is null ? null : new SampleSet(calibration, new HashSet<long>());
        var moments = samples is null ? null : new MomentsInTurn(prepared, products.Found, samples, progress, cancel);
        var types = new ProductTypes(products, request, new EightBitProducts(request, original, prepared, products, moments).Find());
        embeddings.RefuseFourBits(types);
        var rounder = moments is null ? null : new MomentRounder(moments);
        var planned = new PlannedWeightsOnly(layers, request, types, rounder, loaded.Proto);
        using var side = planned.AreBesideTheModel(prepared)
            ? destinations.BeginData(loaded.Path)
            : planned.ArePassedThrough ? destinations.BeginStore() : null;
        embeddings.Write(prepared, tensor => side?.Keep(tensor), cancel);
        var quantized = WeightLayerWriter.Rewrite(prepared, layers, Plan, tensor => side?.Keep(tensor));
        var operators = planned.IsLarge ? [] : FusedGraph.Count(quantized);
        var check = samples is null ? null : SelfCheck.Run(original, quantized, samples, progress, cancel);
        var compared = comparison is not null
            ? ModelComparer.Compare(original, quantized, comparison, labelsArray: null, withEngine: false, profile: null, progress, cancel)
            : null;
        cancel.ThrowIfCancellationRequested();
        var plan = embeddings.With(planned.Document());
        var stored = new StoredBytes(quantized);
        var written = destinations.Write(quantized, plan, side);
        return new QuantizationReport(
            request.ResultPath,
            request.PlanPath,
            Layers: [],
            WeightOnlyLayers:
            [
                .. planned.Summaries.Concat(embeddings.SharedProducts).Select(product => product with { Bytes = stored.OfProduct(product.Name) }),
            ],
            Operators: operators,
            LeftInFloat: layers.LeftInFloat,
            BytesBefore: bytesBefore,
            BytesAfter: written.Length,
            Warnings:
            [
                .. calibration?.Warnings ?? [],
                .. CheckFindings.OfWeights(check),
                .. OfHalfSteps(products),
                .. planned.IsLarge ? [] : Unfused(operators, planned.Summaries.Count + embeddings.Heads + products.StoredAlready.Count(node => node.IsProduct)),
            ],
            Comparison: compared,
            QuantizedModel: written.Source(request.ResultPath, request.Model.Name),
            Plan: plan)
        {
            Embeddings = embeddings.Summaries(stored),
            DataFiles = loaded.DataFiles,
            QuantizedAlready = products.StoredAlready,
            Widened = [.. WideFloats.Of(original).Where(type => type != "float16" || !areHalf)],
            Holds = WhereIntegersHold.OfWeightsAlone,
            OldestRelease = Releases.OfWeightsAlone(quantized),
            Check = check?.Report,
        };

        WeightOnlyLayer Plan(FoundLayer layer)
        {
            cancel.ThrowIfCancellationRequested();
            var plan = planned.Plan(layer);
            progress?.Report(new QuantizeProgress(ProgressStage.Planning, planned.Summaries.Count, layers.Found.Count));
            return plan;
        }
    }

    private static IEnumerable<ReportWarning> OfHalfSteps(WeightLayers products)
    {
        if (products.AreSomeHalf)
        {
            yield return Diagnostics.ZerosAtExtended.Warn(
                "in a session with the optimization level extended ONNX Runtime takes the steps of float16 for 0 on CPUs, and the products give zeros; "
                + "the usual level, all, is right");
        }
    }

    private static IEnumerable<ReportWarning> Unfused(IReadOnlyList<OperatorCount> operators, int planned)
    {
        var fused = operators.Where(o => o.Operator == "MatMulNBits").Sum(o => o.Count);
        if (fused < planned)
        {
            yield return Diagnostics.WeightsDequantized.Warn(
                $"ONNX Runtime dequantizes the weights of {planned - fused} layers at every run on this machine");
        }
    }

    private static void RefuseBlockSize(int? block)
    {
        if (block is { } size && !BlockSizes.Contains(size))
        {
            throw Diagnostics.BlockSizeNotRun.Fault(
                $"--group: {size} is none of {string.Join(", ", BlockSizes)}, the block sizes that ONNX Runtime's kernel runs.");
        }
    }

    private static void RefuseZeroPoints(QuantizeWeightsRequest request)
    {
        if (request.ZeroPoints && request.Type.Bits != 4)
        {
            throw Diagnostics.OptionsExclude.Fault(
                $"--zero-points does not go with {request.Type.Name} weights, whose 256 integers lose next to nothing without. "
                + "Leave it out, or quantize to int4.");
        }
    }

    private static void RefuseNothingToDo(OnnxModel model, WeightLayers layers, QuantizedEmbeddings embeddings)
    {
        if (layers.Found.Count > 0 || (layers.StoredAlready.Count > 0 && embeddings.AreWritten))
            return;
        if (layers.StoredAlready is [var first, ..])
        {
            throw Diagnostics.NothingToQuantize.Fault(
                $"{model.Path}: nothing to quantize: the weights that can be integers are already (as {first}). "
                + "To have other ones, quantize the float model that it was made from.",
                file: model.Path, node: first.Name);
        }

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
