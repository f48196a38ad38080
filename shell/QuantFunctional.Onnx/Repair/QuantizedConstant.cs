using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Integers that a file holds as a constant, and where nodes read them, their steps and their zero points.</summary>
/// <param name="Data">Where the integers are read.</param>
/// <param name="Step">Where their step is read; null where it follows from others, as that of an operator's bias does.</param>
/// <param name="Zero">Where their zero point is read; null where there can be none.</param>
/// <param name="Axis">The axis of the integers that the output channels go along.</param>
/// <param name="ZeroPerStep">Whether there must be as many zero points as steps.</param>
/// <param name="Through">
/// Where the result of the node that reads the step is read in turn; null where the layer itself reads it. The node is
/// copied for this one reader before it changes, if it has others.
/// </param>
internal sealed record QuantizedConstant(
    Slot Data, Slot? Step, Slot? Zero, int Axis, bool ZeroPerStep = true, Slot? Through = null)
{
    /// <summary>The same places after a node has taken the place of another.</summary>
    internal QuantizedConstant Moved(NodeProto from, NodeProto to) => this with
    {
        Data = Data.Moved(from, to),
        Step = Step?.Moved(from, to),
        Zero = Zero?.Moved(from, to),
    };
}
