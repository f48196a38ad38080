using System.Collections.Immutable;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// Writes integer weights before their product: a DequantizeLinear, in blocks along the inputs or with a step for each
/// channel, of weights with the inputs in rows, which is what ONNX Runtime makes MatMulNBits of.
/// </summary>
internal static class WeightLayerWriter
{
    // What ONNX Runtime fuses into a Gemm before it looks at the weights
    private static readonly HashSet<string> FusedActivations =
    [
        "Elu", "HardSigmoid", "LeakyRelu", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Tanh", "ThresholdedRelu",
    ];

    /// <summary>The quantized model; the prepared one stays as it is.</summary>
    /// <param name="prepared">The prepared model.</param>
    /// <param name="layers">Its products.</param>
    /// <param name="plan">Plans one of them; asked for one after the other.</param>
    /// <param name="keep">Takes each new tensor, and may leave its bytes elsewhere.</param>
    internal static OnnxModel Rewrite(
        OnnxModel prepared, WeightLayers layers, Func<FoundLayer, WeightOnlyLayer> plan, Action<TensorProto> keep)
    {
        var writer = new GraphWriter(prepared.Graph);
        var planned = new Dictionary<NodeProto, FoundLayer>(
            layers.Found.Select(layer => KeyValuePair.Create(layer.Node, layer)), ReferenceEqualityComparer.Instance);
        var index = new GraphIndex(prepared.Graph);
        var residuals = new ResidualSums(prepared, index, node => planned.ContainsKey(node));
        foreach (var node in prepared.Graph.Node)
        {
            var written = node.Clone();
            if (planned.TryGetValue(node, out var layer))
            {
                Dequantize(written, plan(layer), writer, keep);
                Memory.LetGoOf(layer.Weight);
            }
            else if (node.Output.Count == 1 && FusedActivations.Contains(node.OpType) && EndsProduct(node.Input[0]))
            {
                KeepApart(written, 0, writer);
            }
            else
            {
                foreach (var at in residuals.BecomeGemms(node))
                    KeepApart(written, at, writer);
            }

            writer.Nodes.Add(written);
        }

        return writer.Complete(prepared);

        bool EndsProduct(string tensor) => index.Producer(tensor) is { } maker
            && (planned.ContainsKey(maker) || (maker.Is("Add") && maker.Input.Select(index.Producer).Any(
                added => added is not null && added.Is("MatMul") && planned.ContainsKey(added))));
    }

    /// <summary>
    /// A Gemm (or MatMul and Add, which become one) that is fused with what comes after it is not made MatMulNBits any
    /// more: a Max of one input, which is neither removed nor fused, keeps the two apart.
    /// </summary>
    private static void KeepApart(NodeProto reader, int at, GraphWriter writer)
    {
        var apart = writer.Fresh($"{reader.DisplayName()}_input");
        writer.Node("Max", writer.Fresh($"{reader.DisplayName()}_KeepApart"), [reader.Input[at]], apart);
        reader.Input[at] = apart;
    }

    /// <summary>Lets a product read integer weights through a DequantizeLinear, the last of the nodes that are added.</summary>
    internal static void Dequantize(NodeProto node, WeightOnlyLayer plan, GraphWriter writer, Action<TensorProto> keep)
    {
        var called = node.DisplayName();
        var weights = Kept(Weights(writer.Fresh($"{called}_weight_quantized"), plan));
        var steps = Kept(Steps(writer.Fresh($"{called}_weight_step_size"), plan));
        string[] zeros = plan.ZeroPoints.IsEmpty ? [] : [Kept(ZeroPoints(writer.Fresh($"{called}_weight_zero_point"), plan))];
        node.Input[1] = writer.Fresh($"{called}_weight_dequantized");
        node.Remove("transB");
        var conversion = writer.Node(
            "DequantizeLinear", writer.Fresh($"{called}_weight_DequantizeLinear"), [weights, steps, .. zeros], node.Input[1]);
        if (plan.Request.Granularity is WeightGranularity.PerGroup blocks)
        {
            conversion.SetInt("axis", 0);
            conversion.SetInt("block_size", blocks.Size);
        }
        else
        {
            conversion.SetInt("axis", 1);
        }

        string Kept(TensorProto tensor)
        {
            keep(tensor);
            return writer.Constant(tensor);
        }
    }

    private static TensorProto Weights(string name, WeightOnlyLayer plan)
    {
        long[] dims = [plan.Shape.Inputs, plan.Shape.Channels];
        var rows = plan.Shape.Layout == WeightLayout.IO ? plan.Weights.AsSpan() : InputsInRows(plan);
        return plan.Request.Type.Bits == 4
            ? Packed(name, dims, plan.Request.Type, rows)
            : TensorData.Make(name, dims, rows);
    }

    private static sbyte[] InputsInRows(WeightOnlyLayer plan)
    {
        var (shape, weights) = (plan.Shape, plan.Weights);
        var rows = new sbyte[shape.Count];
        for (var input = 0; input < shape.Inputs; input++)
        {
            for (var channel = 0; channel < shape.Channels; channel++)
                rows[(input * shape.Channels) + channel] = weights[shape.Index(channel, input, 0)];
        }

        return rows;
    }

    private static TensorProto Steps(string name, WeightOnlyLayer plan) =>
        StepTensor.Make(name, DimsOfSteps(plan), plan, InRows(plan, plan.Steps, step => step));

    private static TensorProto ZeroPoints(string name, WeightOnlyLayer plan) =>
        Packed(name, DimsOfSteps(plan), plan.Request.Type, InRows(plan, plan.ZeroPoints, zero => zero));

    private static TensorProto Packed(string name, IReadOnlyList<long> dims, WeightType type, ReadOnlySpan<sbyte> values)
    {
        if (!type.HasZeroPoints)
            return TensorData.Holding(name, dims, TensorProto.Types.DataType.Int4, WeightOnlyPlanner.PackInt4(values));
        // the bits of 8 to 15 are those of -8 to -1
        var sameBits = new sbyte[values.Length];
        for (var i = 0; i < sameBits.Length; i++)
            sameBits[i] = (sbyte)(values[i] > 7 ? values[i] - 16 : values[i]);
        return TensorData.Holding(name, dims, TensorProto.Types.DataType.Uint4, WeightOnlyPlanner.PackInt4(sameBits));
    }

    private static IReadOnlyList<long> DimsOfSteps(WeightOnlyLayer plan) =>
        plan.Request.Granularity is WeightGranularity.PerGroup ? [plan.GroupsPerChannel, plan.Shape.Channels] : [plan.Shape.Channels];

    /// <summary>What each block of each channel has, the channels beside each other.</summary>
    private static TTo[] InRows<TFrom, TTo>(WeightOnlyLayer plan, ImmutableArray<TFrom> values, Func<TFrom, TTo> convert)
    {
        var (blocks, channels) = (plan.GroupsPerChannel, plan.Shape.Channels);
        var rows = new TTo[blocks * channels];
        for (var block = 0; block < blocks; block++)
        {
            for (var channel = 0; channel < channels; channel++)
                rows[(block * channels) + channel] = convert(values[(channel * blocks) + block]);
        }

        return rows;
    }
}
