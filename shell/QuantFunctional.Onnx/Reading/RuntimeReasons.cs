using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reading;

/// <summary>Why ONNX Runtime runs an operator between conversions in float, as far as the file shows it.</summary>
internal static class RuntimeReasons
{
    /// <summary>What is said of an operator that runs with other numbers than the file's.</summary>
    internal const string OtherNumbers =
        "ONNX Runtime runs it with other steps or zero points than the file's, because it moves conversions over operators and "
        + "merges pairs that follow each other; put one pair on each tensor, of the same numbers on both sides of what only moves";

    /// <summary>The reason of a node.</summary>
    internal static string Of(NodeProto node, GraphIndex index, bool keepsSigned) =>
        "ONNX Runtime runs it in float: " + Cause(node, index, keepsSigned);

    private static string Cause(NodeProto node, GraphIndex index, bool keepsSigned)
    {
        var conversions = node.Input.Select(index.Producer).Where(p => p is not null && StorageReader.Is(p, "DequantizeLinear")).ToList();
        if (conversions.Count < node.Input.Count(input => input.Length > 0) && !node.Is("Where"))
            return "one of its inputs is made by no DequantizeLinear of its own";
        if (index.IsGraphOutput(node.Output[0]) || index.Consumers(node.Output[0]).Count > 1)
            return "its result is read by more than one QuantizeLinear alone";
        if (index.SoleConsumer(node.Output[0]) is { } reader && ActivationBounds.Of(reader, index) is not null)
        {
            return $"the {reader.OpType} behind it stays, because the QuantizeLinear after that can hold what it cuts off; give "
                + "that a zero point which is the lowest integer, and no range beyond the bounds";
        }

        if (conversions.Concat(index.Consumers(node.Output[0])).Any(conversion => conversion!.InputOrEmpty(2).Length == 0))
            return "a conversion at it has no zero point, which its kernel needs; write it out, also where it is 0";
        return keepsSigned
            ? "its conversions are not of the types and shapes that its kernel takes together"
            : "its conversions are not of the types and shapes that its kernel takes together; where they are int8, x64 makes "
                + "them uint8 first, which it can for one reader alone: store activations in uint8";
    }
}
