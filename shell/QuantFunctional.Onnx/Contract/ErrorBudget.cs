namespace QuantFunctional.Onnx;

/// <summary>
/// What each rounding of a quantized network costs when it is done alone and all else stays in float, on held-back calibration
/// samples. Such errors do not simply add up: later operators amplify or hide them, and they can cancel.
/// </summary>
/// <param name="Samples">How many held-back samples were used.</param>
/// <param name="HeldBack">How many there are; more than were used where each rounding on each of them would have taken too long.</param>
/// <param name="Whole">With everything rounded.</param>
/// <param name="Activations">With all activations rounded, and weights as they are.</param>
/// <param name="Weights">With all weights rounded, and activations as they are.</param>
/// <param name="WorstFirst">Each rounding alone, that which costs most first; those that cost the same in the order of the data.</param>
public sealed record ErrorBudget(
    long Samples, long HeldBack, MeasuredLoss Whole, MeasuredLoss Activations, MeasuredLoss Weights, IReadOnlyList<RoundingLoss> WorstFirst)
{
    /// <summary>What a user should know of how the samples were made; nothing where the budget is part of a report, which says it itself.</summary>
    public IReadOnlyList<ReportWarning> Warnings { get; init; } = [];
}

/// <summary>How far outputs are from the float model's.</summary>
/// <param name="SqnrDb">
/// The signal over the noise of the whole in decibels: noise over signal of each output, averaged over those that are not 0
/// everywhere. Positive infinity, in JSON <c>null</c>, where nothing is lost.
/// </param>
/// <param name="Outputs">Each output of real numbers, in the model's order.</param>
public sealed record MeasuredLoss([property: FiniteOrNull] double SqnrDb, IReadOnlyList<OutputLoss> Outputs);

/// <summary>How far one output is from the float model's.</summary>
/// <param name="Name">The output.</param>
/// <param name="SquaredError">The sum of the squared differences of all its elements; infinite, in JSON <c>null</c>, where its shape is another one.</param>
/// <param name="SqnrDb">The sum of its squares over that error, in decibels; infinite, in JSON <c>null</c>, where one of them is 0.</param>
public sealed record OutputLoss(string Name, [property: FiniteOrNull] double SquaredError, [property: FiniteOrNull] double SqnrDb);

/// <summary>What one rounding costs alone.</summary>
/// <param name="Name">The tensor, or the layer whose weights are rounded.</param>
/// <param name="Kind">What is rounded.</param>
/// <param name="Made">The layer, or what makes the tensor, by its operators: a depthwise Conv, a chain of Add, Clip, Mul.</param>
/// <param name="Tensors">The tensors that share the encoding, in the order of the data; of weights the initializer.</param>
/// <param name="Loss">What it costs.</param>
public sealed record RoundingLoss(
    string Name, RoundingKind Kind, string Made, IReadOnlyList<string> Tensors, MeasuredLoss Loss)
{
    /// <summary>Its noise over that of the whole: 0 where it costs nothing, infinite where the whole costs nothing but it does.</summary>
    public double ShareOf(MeasuredLoss whole)
    {
        ArgumentNullException.ThrowIfNull(whole);
        return double.IsPositiveInfinity(Loss.SqnrDb) ? 0 : Math.Pow(10, (whole.SqnrDb - Loss.SqnrDb) / 10);
    }
}

/// <summary>What is rounded.</summary>
public enum RoundingKind
{
    /// <summary>Tensors between operators that share one encoding.</summary>
    Activations,

    /// <summary>A layer's weights.</summary>
    Weights,
}
