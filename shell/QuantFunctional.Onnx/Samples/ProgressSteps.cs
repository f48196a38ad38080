namespace QuantFunctional.Onnx.Samples;

/// <summary>Reports progress at most a hundred times, so that a fast loop is not slowed by its reports.</summary>
internal sealed class ProgressSteps(IProgress<QuantizeProgress>? progress, ProgressStage stage, long total)
{
    private long _percent = -1;

    /// <summary>Reports when another hundredth is done.</summary>
    public void Report(long done)
    {
        if (progress is null || done * 100 / total == _percent)
            return;
        _percent = done * 100 / total;
        progress.Report(new QuantizeProgress(stage, done, total));
    }
}
