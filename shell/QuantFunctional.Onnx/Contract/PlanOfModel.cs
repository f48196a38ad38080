namespace QuantFunctional.Onnx;

/// <summary>Which plan document of a folder was written with a quantized model.</summary>
/// <param name="PlanPath">The document; null where none of the folder belongs to the model.</param>
/// <param name="OtherPlans">The plan documents beside it that belong to other models.</param>
/// <param name="ProducerName">What the model says that it was written by; empty where it says nothing.</param>
/// <param name="ProducerVersion">The version of that; empty where it says nothing.</param>
public sealed record PlanOfModel(
    string? PlanPath, IReadOnlyList<OtherPlan> OtherPlans, string ProducerName, string ProducerVersion)
{
    /// <summary>What this library writes into <see cref="ProducerName"/>.</summary>
    public const string Producer = "QuantFunctional";
}

/// <summary>A plan document of another model.</summary>
/// <param name="Path">The document.</param>
/// <param name="ModelFile">The model, as the document names it; null where it names none.</param>
public sealed record OtherPlan(string Path, string? ModelFile);
