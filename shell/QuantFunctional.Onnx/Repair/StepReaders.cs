using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Everything in a file that hangs on the step of a tensor of integers.</summary>
/// <remarks>
/// Its conversions and the operators that carry it along read the step; what only moves elements has it on both sides; and
/// the biases of the layers that read the tensor are in steps that contain it.
/// </remarks>
internal sealed class StepReaders
{
    private static readonly HashSet<string> Movers =
    [
        "MaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather", "Expand", "Tile",
        "DepthToSpace", "Resize", "ReduceMax", "ReduceMin", "Identity",
    ];

    private readonly GraphIndex _index;
    private readonly float _step;
    private readonly List<Slot> _slots = [];
    private readonly List<NodeProto> _layers = [];
    private readonly HashSet<string> _tensors = [];

    private StepReaders(GraphIndex index, float step) => (_index, _step) = (index, step);

    /// <summary>Where the step is read.</summary>
    internal IReadOnlyList<Slot> Slots => _slots;

    /// <summary>The layers that multiply the tensor.</summary>
    internal IReadOnlyList<NodeProto> Layers => _layers;

    /// <summary>The tensors that have the step, integers and what stands for them.</summary>
    internal IReadOnlySet<string> Tensors => _tensors;

    /// <summary>Why the step has to stay; null where it can change.</summary>
    internal string? Obstacle { get; private set; }

    /// <summary>Follows the step of a tensor from the node that makes it.</summary>
    /// <param name="index">The graph.</param>
    /// <param name="integers">The tensor of integers.</param>
    /// <param name="step">Its step.</param>
    internal static StepReaders Of(GraphIndex index, string integers, float step)
    {
        var readers = new StepReaders(index, step);
        switch (index.Producer(integers))
        {
            case { OpType: "QuantizeLinear" } quantize:
                readers._slots.Add(new Slot(quantize, 1));
                break;
            case { OpType: "QLinearAdd" or "QLinearMul" } join:
                readers._slots.Add(new Slot(join, 6));
                break;
            default:
                readers.Obstacle = "what makes it has no step of its own";
                break;
        }

        readers.FollowIntegers(integers);
        return readers;
    }

    private void FollowIntegers(string tensor)
    {
        if (!_tensors.Add(tensor))
            return;
        if (_index.IsGraphOutput(tensor))
            Obstacle ??= "its integers leave the model, and what reads them knows their step";
        foreach (var node in _index.Consumers(tensor))
        {
            for (var input = 0; input < node.Input.Count; input++)
            {
                if (node.Input[input] == tensor)
                    FollowReader(new Slot(node, input));
            }
        }
    }

    private void FollowReader(Slot slot)
    {
        var (node, input) = (slot.Node, slot.Input);
        if (node.OpType == "DequantizeLinear" && input == 0)
        {
            _slots.Add(new Slot(node, 1));
            FollowReal(node.Output[0]);
        }
        else if (IsOperand(node, input))
        {
            _slots.Add(new Slot(node, node.OpType == "MatMulIntegerToFloat" ? 2 : input + 1));
            if (input == 0 && node.OpType is "QLinearConv" or "QGemm")
                _layers.Add(node);
        }
        else if (Movers.Contains(node.OpType) && input == 0)
        {
            foreach (var output in node.Output.Where(output => output.Length > 0))
                FollowIntegers(output);
        }
        else
        {
            Obstacle ??= $"node {node.DisplayName()} ({node.OpType}) reads it in a way that is not known";
        }
    }

    private static bool IsOperand(NodeProto node, int input) => node.OpType switch
    {
        "QLinearConcat" => input >= 2 && input % 3 == 2,
        "QLinearAdd" or "QLinearMul" or "QLinearMatMul" or "QGemm" or "QLinearConv" => input is 0 or 3,
        "MatMulIntegerToFloat" or "QLinearAveragePool" or "QLinearGlobalAveragePool" or "QLinearSigmoid" or "QLinearLeakyRelu"
            or "QLinearSoftmax" => input == 0,
        _ => false,
    };

    /// <summary>What stands for the integers: only what moves its elements must have the step behind it too.</summary>
    private void FollowReal(string tensor)
    {
        if (!_tensors.Add(tensor))
            return;
        foreach (var node in _index.Consumers(tensor))
        {
            if (node.OpType is "Conv" or "Gemm" && node.Input[0] == tensor)
                _layers.Add(node);
            else if (Movers.Contains(node.OpType) && node.Input[0] == tensor)
                FollowMoved(node);
        }
    }

    private void FollowMoved(NodeProto mover)
    {
        foreach (var output in mover.Output.Where(output => output.Length > 0))
        {
            FollowReal(output);
            foreach (var quantize in _index.Consumers(output).Where(node => node.OpType == "QuantizeLinear" && HasStep(node)))
            {
                _slots.Add(new Slot(quantize, 1));
                FollowIntegers(quantize.Output[0]);
            }
        }
    }

    private bool HasStep(NodeProto quantize) =>
        _index.Constant(quantize.Input[1]) is { } step && StoredIntegers.IsStep(step) && TensorData.Floats(step) is [var value]
        && value == _step;
}
