namespace QuantFunctional.Documents;

/// <summary>The plans of some layers: of one that was planned from arrays, or of all those of a model.</summary>
/// <remarks>Compares by content.</remarks>
public sealed record PlanDocument
{
    /// <summary>The file name of the float model; null for plans from arrays.</summary>
    public string? Model { get; init; }

    /// <summary>The quantized model that was written with the plan; null where none was.</summary>
    public WrittenModel? QuantizedModel { get; init; }

    /// <summary>The tensors between the layers of a model.</summary>
    public IReadOnlyList<TensorPlan> Tensors { get; init; } = [];

    /// <summary>The layers, a model's in the order of the data.</summary>
    public required IReadOnlyList<NamedPlan> Layers { get; init; }

    /// <summary>The layers of which the weights alone are integers.</summary>
    public IReadOnlyList<NamedWeightOnlyPlan> WeightOnlyLayers { get; init; } = [];

    /// <summary>Every Add and Mul of a model on 8-bit integers, in the order of the data.</summary>
    public IReadOnlyList<JoinPlan> Joins { get; init; } = [];

    /// <summary>The nodes of a model that stay in float.</summary>
    public IReadOnlyList<FloatNodePlan> LeftInFloat { get; init; } = [];

    /// <summary>True where both say the same.</summary>
    public bool Equals(PlanDocument? other) =>
        other is not null
        && Model == other.Model
        && QuantizedModel == other.QuantizedModel
        && Tensors.SequenceEqual(other.Tensors)
        && Layers.SequenceEqual(other.Layers)
        && WeightOnlyLayers.SequenceEqual(other.WeightOnlyLayers)
        && Joins.SequenceEqual(other.Joins)
        && LeftInFloat.SequenceEqual(other.LeftInFloat);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(Model, Tensors.Count, Layers.Count, WeightOnlyLayers.Count, Joins.Count, LeftInFloat.Count);
}

/// <summary>A quantized model, as the plan or certificate knows it that is made with it.</summary>
/// <param name="File">The path from the plan's folder to the model, with / between folders; a model's own file name.</param>
/// <param name="Sha256">
/// The SHA-256 of its tensors and operators, in lower-case hexadecimal digits; what is written about a model, such as its
/// producer and descriptions, is not part of it.
/// </param>
public sealed record WrittenModel(string File, string Sha256);

/// <summary>A layer's plan with its place.</summary>
/// <param name="Name">The node's name, else its first output; of one's own choice for plans from arrays.</param>
/// <param name="Operator">The node's operator; null for plans from arrays.</param>
/// <param name="Plan">The plan with everything that led to it.</param>
public sealed record NamedPlan(string Name, string? Operator, QuantizedLayer Plan);

/// <summary>The plan of a layer of which the weights alone are integers, with its place.</summary>
/// <param name="Name">The node's name, else its first output; of one's own choice for plans from arrays.</param>
/// <param name="Operator">The node's operator; null for plans from arrays.</param>
/// <param name="Plan">The plan.</param>
public sealed record NamedWeightOnlyPlan(string Name, string? Operator, WeightOnlyLayer Plan)
{
    /// <summary>
    /// Whether samples decided how weights are rounded, so that errors cancel in what the layer gives; else each weight has its nearest
    /// integer.
    /// </summary>
    public bool BySecondMoments { get; init; }
}

/// <summary>How a tensor is stored.</summary>
/// <param name="Name">The tensor's name in the model.</param>
/// <param name="Encoding">Its encoding, in signed integers.</param>
/// <param name="Range">The range that the encoding was chosen for.</param>
public sealed record TensorPlan(string Name, Encoding Encoding, RangePlan Range);

/// <summary>The smallest and largest value of a tensor.</summary>
/// <param name="Low">The smallest.</param>
/// <param name="High">The largest.</param>
public sealed record RangePlan(double Low, double High);

/// <summary>A node that stays in float.</summary>
/// <param name="Name">Its name, else its first output.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Reason">Why.</param>
public sealed record FloatNodePlan(string Name, string Operator, string Reason);
