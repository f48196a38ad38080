namespace QuantFunctional.Onnx;

/// <summary>What is being done in a long piece of work.</summary>
public enum ProgressStage
{
    /// <summary>The float model runs on the samples, and the range of each tensor is observed.</summary>
    Calibrating,

    /// <summary>Samples are read, to see whether they are those of statistics.</summary>
    Reading,

    /// <summary>Layers are planned.</summary>
    Planning,

    /// <summary>The result is compared with the float model on some of the samples.</summary>
    Checking,

    /// <summary>The tensors are sought whose rounding loses most.</summary>
    FindingTheLoss,

    /// <summary>Two models are compared on samples.</summary>
    Comparing,

    /// <summary>Models are timed.</summary>
    Timing,

    /// <summary>A model runs on integers.</summary>
    Executing,

    /// <summary>Layers of a model are repaired.</summary>
    Repairing,

    /// <summary>Choices of ranges and biases are measured on held-back samples.</summary>
    Measuring,

    /// <summary>It is measured what each rounding costs alone.</summary>
    MeasuringRoundings,

    /// <summary>Networks are evaluated in the search for a target.</summary>
    Searching,
}

/// <summary>How far a long piece of work has come.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Units done so far: samples, layers or outputs.</param>
/// <param name="Total">Units in all; 0 where it is not known.</param>
public sealed record QuantizeProgress(ProgressStage Stage, long Done, long Total)
{
    /// <summary>The stage in words.</summary>
    public string Text => Stage switch
    {
        ProgressStage.FindingTheLoss => "Finding the loss",
        ProgressStage.MeasuringRoundings => "Measuring each rounding",
        _ => Stage.ToString(),
    };

    /// <summary>The stage, and how far it has come.</summary>
    public override string ToString() => Total > 0
        ? FormattableString.Invariant($"{Text} {Done} of {Total}")
        : Text;
}
