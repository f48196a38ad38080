namespace QuantFunctional.Onnx;

/// <summary>What was found of the integer weights of a model.</summary>
/// <param name="Model">The model.</param>
/// <param name="Plan">The plan that they were held to; null for none.</param>
/// <param name="Float">The float model from which errors were measured; null for none.</param>
/// <param name="Layers">The products and embeddings, in the order of the data.</param>
/// <param name="Disputes">What is not as it has to be; of each product only the first places.</param>
public sealed record WeightsVerification(
    string Model, string? Plan, string? Float, IReadOnlyList<VerifiedWeights> Layers, IReadOnlyList<WeightDispute> Disputes)
{
    /// <summary>Whether everything is as it has to be.</summary>
    public bool Confirmed => Disputes.Count == 0;

    /// <summary>What nothing is said of: integer weights that the plan does not know, or in a form that is not understood.</summary>
    public IReadOnlyList<string> NotCovered { get; init; } = [];
}

/// <summary>The integer weights of one product or embedding.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Weights">The type of the integers.</param>
/// <param name="BlockSize">How many inputs share a step; null where all of an output do.</param>
/// <param name="Inputs">The number of inputs; of an embedding the length of a row.</param>
/// <param name="Outputs">The number of outputs; of an embedding its rows.</param>
public sealed record VerifiedWeights(string Name, string Operator, string Weights, int? BlockSize, int Inputs, int Outputs)
{
    /// <summary>How many integers, steps and zero points are not the plan's; null where there is no plan of them.</summary>
    public long? Differing { get; init; }

    /// <summary>Whether the plan says that samples decided how weights are rounded, so that a block may lose more than the nearest integers; null without a plan.</summary>
    public bool? BySecondMoments { get; init; }

    /// <summary>What they lose; null without a float model.</summary>
    public WeightErrors? Errors { get; init; }
}

/// <summary>What integer weights lose of the real ones.</summary>
/// <param name="SquaredError">The sum of the squared errors of all blocks.</param>
/// <param name="Nearest">What it would be with the nearest integers at the same steps.</param>
/// <param name="Worst">The block of the largest squared error, the first of several.</param>
/// <param name="Above">How many blocks lose more than the nearest integers at the same step would.</param>
/// <param name="FirstAbove">The first of those; null where there is none.</param>
public sealed record WeightErrors(double SquaredError, double Nearest, BlockError Worst, long Above, BlockError? FirstAbove);

/// <summary>What one block of weights loses.</summary>
/// <param name="Channel">The output channel; of an embedding the row.</param>
/// <param name="Block">Which of its blocks.</param>
/// <param name="SquaredError">The sum of the squares of what its weights lose.</param>
/// <param name="Nearest">What it would be with the nearest integers at the same step.</param>
public sealed record BlockError(int Channel, int Block, double SquaredError, double Nearest);

/// <summary>Something of a model's integer weights that is not as it has to be.</summary>
/// <param name="What">What: the weight, the step, the zero point, the squared error, or something of the whole product.</param>
/// <param name="Expected">What it has to be.</param>
/// <param name="Found">What it is.</param>
public sealed record WeightDispute(string What, string Expected, string Found)
{
    /// <summary>The node's name, else its first output.</summary>
    public required string Name { get; init; }

    /// <summary>The output channel, or the row of an embedding; null where it is about the whole.</summary>
    public int? Channel { get; init; }

    /// <summary>Which block of the channel; null where it is about more.</summary>
    public int? Block { get; init; }

    /// <summary>The input of the channel; null where it is about more than one weight.</summary>
    public int? Input { get; init; }

    /// <summary>All of it as a sentence without its full stop.</summary>
    public string Message
    {
        get
        {
            string[] place =
            [
                .. Channel is { } channel ? [FormattableString.Invariant($"channel {channel}")] : (string[])[],
                .. Block is { } block ? [FormattableString.Invariant($"block {block}")] : (string[])[],
                .. Input is { } input ? [FormattableString.Invariant($"index {input}")] : (string[])[],
            ];
            return $"{Name}: {string.Join(", ", place)}{(place.Length > 0 ? ": " : "")}{What} has to be {Expected}, but is {Found}";
        }
    }
}
