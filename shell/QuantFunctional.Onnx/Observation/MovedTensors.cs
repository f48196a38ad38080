using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Observation;

/// <summary>What a mover makes is not observed: it has the range of what it moves, in integers and in float.</summary>
internal static class MovedTensors
{
    /// <summary>The tensor that was observed in the place of one: itself, or what it was moved from; null where neither was.</summary>
    internal static string? Observed(string tensor, GraphIndex index, Func<string, bool> isObserved)
    {
        while (!isObserved(tensor))
        {
            if (index.Producer(tensor) is not { } mover || OperatorRules.Of(mover.OpType)?.Kernel != IntegerKernel.Moves)
                return null;
            tensor = mover.Input[0];
        }

        return tensor;
    }
}
