using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>The steps of weights as a file holds them: in the type of what the weights are multiplied with.</summary>
internal static class StepTensor
{
    /// <summary>What steps of weights of a type are rounded to when they are planned.</summary>
    internal static StepFormat FormatOf(TensorProto weights) =>
        TensorData.Type(weights) == DataType.Float16 ? StepFormat.Float16 : StepFormat.Float32;

    /// <summary>The type of planned steps, and so of the real numbers that are made with them.</summary>
    internal static DataType TypeOf(WeightOnlyLayer plan) =>
        plan.Request.Steps == StepFormat.Float16 ? DataType.Float16 : DataType.Float;

    /// <summary>A tensor of steps, each of which its type holds as it was planned.</summary>
    internal static TensorProto Make(string name, IReadOnlyList<long> dims, WeightOnlyLayer plan, IReadOnlyList<double> steps)
    {
        if (TypeOf(plan) == DataType.Float)
            return TensorData.Make(name, dims, steps.Select(step => (float)step).ToArray().AsSpan());
        return TensorData.Make(name, dims, steps.Select(step => (Half)step).ToArray().AsSpan());
    }
}
