namespace QuantFunctional.Onnx;

/// <summary>A model of which the weights alone are integers, and what they are held to: a plan, the float model, or both.</summary>
public sealed record VerifyWeightsRequest
{
    /// <summary>The model: its path, the folder of ONNX Runtime GenAI that it lies in, or the model in memory.</summary>
    public required ModelSource Model { get; init; }

    /// <summary>The plan document that integers, steps and zero points are to be those of; null where that is not looked at.</summary>
    public string? PlanPath { get; init; }

    /// <summary>The float model, or its folder, from which errors are measured; null where none are.</summary>
    public ModelSource? Float { get; init; }
}
