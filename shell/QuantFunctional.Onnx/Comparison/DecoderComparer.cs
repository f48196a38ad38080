using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx;

/// <summary>Compares a quantized decoder with the float model that it was made from, on tokens.</summary>
public static class DecoderComparer
{
    /// <summary>
    /// Lets both models read the same rows of tokens, each from the beginning of a text, and tells how far their probabilities of the
    /// next token are apart; the first four rows also token by token, with what the models keep of those before.
    /// </summary>
    /// <param name="floatModel">
    /// The float model: its path, the folder of ONNX Runtime GenAI that it lies in, or the model in memory.
    /// </param>
    /// <param name="quantizedModel">
    /// The quantized model, or its folder. It need not have the float model's own inputs, as long as it is a decoder of the same tokens.
    /// </param>
    /// <param name="tokens">
    /// Whole numbers [rows, length]: a .npy, or a .npz with an array <c>input_ids</c> or only one, or one that
    /// <see cref="SampleData.WithArray"/> names; or a folder of such files, which may differ in length; or samples from memory.
    /// </param>
    /// <param name="withTime">Whether to measure how many tokens a second both read.</param>
    /// <param name="progress">Told after each hundredth.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="QuantException">
    /// A file is missing or damaged; a model is no decoder, or they are of other tokens; the tokens do not fit; or a model fails.
    /// </exception>
    /// <exception cref="OperationCanceledException">The comparison was cancelled.</exception>
    public static Task<DecoderComparison> CompareAsync(
        ModelSource floatModel,
        ModelSource quantizedModel,
        SampleData tokens,
        bool withTime = false,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(floatModel);
        ArgumentNullException.ThrowIfNull(quantizedModel);
        ArgumentNullException.ThrowIfNull(tokens);
        return SampleArrays.UsedAsync(
            tokens,
            samples => Compare(
                OnnxModel.Load(ModelFolder.DecoderOf(floatModel)), OnnxModel.Load(ModelFolder.DecoderOf(quantizedModel)), samples, withTime,
                progress, cancellationToken),
            cancellationToken);
    }

    private static DecoderComparison Compare(
        OnnxModel floatModel, OnnxModel quantizedModel, SampleArrays data, bool withTime, IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        _ = TokenRows.Decoder(quantizedModel);
        using var rows = new TokenRows(data, floatModel);
        using var models = ComparedModels.Open(floatModel, quantizedModel);
        using var decoders = new ComparedDecoders(models, rows);
        var steps = new ProgressSteps(progress, ProgressStage.Comparing, rows.Count);
        var done = 0L;
        long[]? first = null;
        foreach (var row in rows.Read())
        {
            cancel.ThrowIfCancellationRequested();
            first ??= row;
            decoders.Add(row);
            steps.Report(++done);
        }

        var report = decoders.Result();
        return withTime && first is not null ? report with { Speeds = DecoderTiming.Of(decoders, first, cancel) } : report;
    }
}
