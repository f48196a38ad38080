using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Writing;

/// <summary>Writes the integers of a layer: weights int8 with zero point 0, bias int32 with the step xStep·wStep.</summary>
/// <remarks>
/// The bias of the file is the real one alone: what a plan's own integers hold besides, a target's zero points, and the
/// shift inside the product that they count in, belong to that target. A bias beyond int32, which 16-bit inputs can ask
/// for, stays in float.
/// </remarks>
internal sealed class LayerWriter(GraphWriter writer, TargetEngine engine)
{
    /// <summary>Writes a layer's node, with dequantized weights and bias in the place of the real ones.</summary>
    /// <param name="node">The node with its input and output as they are to be written.</param>
    /// <param name="planned">The layer's plan.</param>
    /// <param name="input">The encoding of its input.</param>
    /// <param name="output">The encoding of its output.</param>
    internal void Write(NodeProto node, PlannedLayer planned, EncodingNames input, EncodingNames output)
    {
        var layer = planned.Node.Layer!;
        var plan = planned.Plan;
        var called = node.DisplayName();
        var weightSteps = WeightSteps(plan);
        var weights = writer.Constant(TensorData.Make(
            writer.Fresh($"{called}_weight_quantized"), layer.Weight.Dims, plan.Integers.Weights.AsSpan()));
        var zeros = new sbyte[weightSteps.Length];
        var weightZero = TensorData.Make(writer.Fresh($"{called}_weight_zero_point"), Shape(plan), zeros.AsSpan());
        node.Input[1] = Dequantize(
            $"{called}_weight", weights, Shape(plan), weightSteps, writer.Constant(weightZero), layer.ChannelAxis);
        if (layer.Bias.Length > 0 || plan.RealBias.Any(bias => bias != 0))
        {
            var isReal = engine == TargetEngine.OpenCV && (layer.Sum is not null || layer.Node.Is("Gemm"));
            var bias = Integers(plan) is { } integers
                ? isReal ? RealBias(plan, called, weightSteps, integers) : Bias(layer, plan, called, weightSteps, integers)
                : writer.Constant(TensorData.Make(writer.Fresh($"{called}_bias"), [layer.Channels], plan.RealBias.Select(b => (float)b).ToArray().AsSpan()));
            while (node.Input.Count < 3)
                node.Input.Add("");
            node.Input[2] = bias;
        }

        if (layer.Sum is null)
            writer.Nodes.Add(node);
        else
            new RowProduct(writer, called).Write(node, layer, input, output);
    }

    /// <summary>The real bias, corrections included, in steps of xStep·wStep; null where int32 does not hold it.</summary>
    private static int[]? Integers(QuantizedLayer plan)
    {
        var integers = plan.RealBias.Select((real, channel) =>
        {
            var shift = plan.Plan.IsDead(channel) ? 0 : plan.Plan.IntrinsicShift[channel];
            return FSharp.Numbers.toInt64HalfEven(real * Math.ScaleB(plan.Plan.BiasScale[channel], shift));
        }).ToList();
        return integers.All(integer => integer is >= int.MinValue and <= int.MaxValue)
            ? [.. integers.Select(integer => (int)integer)]
            : null;
    }

    /// <summary>The integers of a bias as the real numbers that they stand for, of which ONNX Runtime makes the same integers.</summary>
    private string RealBias(QuantizedLayer plan, string called, float[] weightSteps, int[] integers)
    {
        var inputStep = (float)plan.Plan.Input.StepSize;
        var real = integers.Select((integer, channel) =>
            integer * (inputStep * weightSteps[weightSteps.Length == 1 ? 0 : channel])).ToArray();
        return writer.Constant(TensorData.Make(writer.Fresh($"{called}_bias"), [real.Length], real.AsSpan()));
    }

    private string Bias(FoundLayer layer, QuantizedLayer plan, string called, float[] weightSteps, int[] integers)
    {
        var inputStep = (float)plan.Plan.Input.StepSize;
        var biasSteps = Array.ConvertAll(weightSteps, step => inputStep * step);
        var bias = writer.Constant(TensorData.Make(
            writer.Fresh($"{called}_bias_quantized"), [layer.Channels], integers.AsSpan()));
        var biasZero = TensorData.Make(
            writer.Fresh($"{called}_bias_zero_point"), Shape(plan), new int[biasSteps.Length].AsSpan());
        return Dequantize($"{called}_bias", bias, Shape(plan), biasSteps, writer.Constant(biasZero), 0);
    }

    /// <summary>wStep of each scale as the file holds it. A dead channel has the step that makes its factor 1.</summary>
    internal static float[] WeightSteps(QuantizedLayer plan)
    {
        var dead = (float)plan.Plan.Output.StepSize / (float)plan.Plan.Input.StepSize;
        return [.. plan.Plan.WeightScale.Values.Select(scale => scale == 0 ? dead : (float)(1 / scale))];
    }

    /// <summary>What the integer weights stand for, in the order of the initializer.</summary>
    internal static float[] Dequantized(FoundLayer layer, QuantizedLayer plan)
    {
        var steps = WeightSteps(plan);
        var inner = Shapes.Behind(layer.Weight.Dims, layer.ChannelAxis);
        return [.. plan.Integers.Weights.Select((weight, i) => weight * steps[steps.Length == 1 ? 0 : (int)(i / inner % layer.Channels)])];
    }

    private static IEnumerable<long> Shape(QuantizedLayer plan) =>
        plan.Plan.WeightScale.IsPerChannel ? [plan.Plan.WeightScale.Count] : [];

    private string Dequantize(
        string called, string integers, IEnumerable<long> shape, float[] steps, string zeroPoint, int axis)
    {
        var step = writer.Constant(TensorData.Make(writer.Fresh($"{called}_step_size"), shape, steps.AsSpan()));
        var output = writer.Fresh($"{called}_dequantized");
        var node = writer.Node(
            "DequantizeLinear", writer.Fresh($"{called}_DequantizeLinear"), [integers, step, zeroPoint], output);
        if (shape.Any())
            node.SetInt("axis", axis);
        return output;
    }
}
