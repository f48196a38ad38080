namespace QuantFunctional.Documents;

/// <summary>Every layer's plan of one model with the way it was found: a document for people and programs.</summary>
/// <remarks>Every number is exact: read back and written again, the bytes are the same.</remarks>
public sealed record ModelPlanDocument
{
    /// <summary>What <see cref="Format"/> says.</summary>
    public const string FormatName = "quantfunctional-model-plan";

    /// <summary>The version that this library writes and reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Always <see cref="FormatName"/>.</summary>
    public required string Format { get; init; }

    /// <summary>The version of the document's form.</summary>
    public required int Version { get; init; }

    /// <summary>The file name of the float model.</summary>
    public required string Model { get; init; }

    /// <summary>The target's profile.</summary>
    public required string Profile { get; init; }

    /// <summary>The tensors between the layers.</summary>
    public required IReadOnlyList<TensorPlan> Tensors { get; init; }

    /// <summary>The layers in the order of the data.</summary>
    public required IReadOnlyList<LayerPlan> Layers { get; init; }

    /// <summary>The nodes that stay in float.</summary>
    public required IReadOnlyList<FloatNodePlan> LeftInFloat { get; init; }
}

/// <summary>How a tensor is stored.</summary>
/// <param name="Name">The tensor's name in the model.</param>
/// <param name="Encoding">Its encoding, in signed integers.</param>
/// <param name="Range">The range that the encoding was chosen for.</param>
public sealed record TensorPlan(string Name, EncodingPlan Encoding, RangePlan Range);

/// <summary>How a real number becomes an integer: real = StepSize·(integer − ZeroPoint).</summary>
/// <param name="StepSize">Real units per step.</param>
/// <param name="ZeroPoint">The integer that stands for 0.</param>
/// <param name="Type">The integers' type.</param>
public sealed record EncodingPlan(double StepSize, int ZeroPoint, string Type);

/// <summary>The smallest and largest value of a tensor.</summary>
/// <param name="Low">The smallest.</param>
/// <param name="High">The largest.</param>
public sealed record RangePlan(double Low, double High);

/// <summary>A node that stays in float.</summary>
/// <param name="Name">Its name, else its first output.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Reason">Why.</param>
public sealed record FloatNodePlan(string Name, string Operator, string Reason);
