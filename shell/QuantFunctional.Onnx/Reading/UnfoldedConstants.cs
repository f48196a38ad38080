using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reading;

/// <summary>The stored weights of a layer that takes in what stands behind it, their steps, and its bias as real numbers.</summary>
/// <param name="Weight">The DequantizeLinear of the weights.</param>
/// <param name="Stored">The weights, as integers or as what a QuantizeLinear makes integers of.</param>
/// <param name="Form">How they are stored; the axis is counted from the front.</param>
/// <param name="Input">The DequantizeLinear of its input, which may have been moved since.</param>
/// <param name="InputStep">The step of the input.</param>
/// <param name="Biases">The bias of each output channel.</param>
internal sealed record UnfoldedConstants(
    NodeProto Weight, TensorProto Stored, StoredForm Form, NodeProto Input, float InputStep, IReadOnlyList<double> Biases)
{
    private static readonly HashSet<string> Moving = ["Flatten", "MaxPool", "Reshape", "Squeeze", "Transpose", "Unsqueeze"];

    /// <summary>How many output channels the layer has.</summary>
    internal int Channels => Biases.Count;

    /// <summary>The constants of a Conv or Gemm; null for another node, and where they are computed or of another form.</summary>
    internal static UnfoldedConstants? Read(NodeProto node, GraphIndex index, StatedTypes types)
    {
        if (!IsPlain(node)
            || DequantizedBefore(node.Input[0], index) is not { } input
            || index.Producer(node.Input[1]) is not { } weight || !StorageReader.Is(weight, "DequantizeLinear")
            || Constant(weight.Input[0], index) is not { Dims.Count: >= 2 } stored)
            return null;
        var storages = new StorageReader(index, types.Of);
        if (storages.Read(input, out _)?.Whole is not { } inputStorage
            || storages.Read(weight, out _) is not { Type: DataType.Int8 or DataType.Uint8 } form
            || form.Steps.Contains(0))
            return null;
        var axis = node.Is("Gemm") && node.GetInt("transB", 0) == 0 ? 1 : 0;
        var channels = stored.Dims[axis];
        if (form.Steps.Count > 1 && (form.Steps.Count != channels || (form.Axis + stored.Dims.Count) % stored.Dims.Count != axis))
            return null;
        return ReadBias(node.InputOrEmpty(2), (int)channels, storages, index) is { } biases
            ? new UnfoldedConstants(weight, stored, form with { Axis = axis }, input, inputStorage.Step, biases)
            : null;
    }

    /// <summary>
    /// Whether a Flatten stands before the layer and keeps it in float: ONNX Runtime moves a DequantizeLinear behind everything else
    /// that only moves.
    /// </summary>
    internal bool IsBehindFlatten(NodeProto node, GraphIndex index)
    {
        var before = index.Producer(node.Input[0])!;
        while (before != Input && !before.Is("Flatten"))
            before = index.Producer(before.Input[0])!;
        return before != Input;
    }

    /// <summary>Whether the channels can be stored as well with factors and other biases: a negative factor turns the integers' signs.</summary>
    internal bool Takes(double[] factors, double[] biases)
    {
        for (var c = 0; c < Channels; c++)
        {
            var step = Step(c, factors[c]);
            if (!float.IsNormal(step) || !(Math.Abs(biases[c] / (InputStep * step)) < int.MaxValue))
                return false;
        }

        return factors.All(factor => factor > 0)
            || (TensorData.Type(Stored) == DataType.Int8
                && Form.ZeroPoints.All(zero => zero == 0)
                && TensorData.Integers(Stored).All(value => value > sbyte.MinValue));
    }

    /// <summary>Gives the layer a DequantizeLinear of its own for its weights, and one for its bias.</summary>
    internal void Write(GraphEditor graph, NodeProto node, double[] factors, double[] biases)
    {
        if (graph.Index.Producer(Weight.Input[0]) is { } quantize)
            ConstantQuantizers.Fold(graph, candidate => ReferenceEquals(candidate, quantize));
        float[] steps = [.. Enumerable.Range(0, Channels).Select(c => Step(c, factors[c]))];
        var weight = Dequantize(
            graph,
            node,
            "weight",
            Turned(graph, factors),
            steps,
            graph.AddInitializer(TensorData.Make($"{node.Output[0]}_weight_zero_point", [Channels], Form.Type, ZeroPoints())),
            Form.Axis);
        int[] integers = [.. biases.Select((bias, c) => (int)Math.Round(bias / (InputStep * steps[c]), MidpointRounding.ToEven))];
        if (node.Input[0] != Input.Output[0])
            QuantizeAgain(graph, node);
        var bias = Dequantize(
            graph,
            node,
            "bias",
            graph.AddInitializer(TensorData.Make($"{node.Output[0]}_bias_integers", [Channels], integers)),
            [.. steps.Select(step => InputStep * step)],
            graph.AddInitializer(TensorData.Make($"{node.Output[0]}_bias_zero_point", [Channels], new int[Channels])),
            axis: 0);
        node.Input[1] = weight;
        while (node.Input.Count < 3)
            node.Input.Add("");
        node.Input[2] = bias;
    }

    /// <summary>Puts a pair of the same step and zero point between the layer and what moved its input, which keeps every integer.</summary>
    private void QuantizeAgain(GraphEditor graph, NodeProto layer)
    {
        var moved = layer.Input[0];
        var integers = graph.FreshName($"{moved}_quantized");
        layer.Input[0] = graph.FreshName($"{moved}_dequantized");
        NodeProto[] pair =
        [
            new() { Name = $"{moved}_QuantizeLinear", OpType = "QuantizeLinear", Domain = Input.Domain, Input = { moved, Input.Input.Skip(1) }, Output = { integers } },
            new() { Name = $"{moved}_DequantizeLinear", OpType = "DequantizeLinear", Domain = Input.Domain, Input = { integers, Input.Input.Skip(1) }, Output = { layer.Input[0] } },
        ];
        foreach (var conversion in pair)
            graph.Graph.Node.Insert(graph.Graph.Node.IndexOf(layer), conversion);
        graph.Changed();
    }

    private static string Dequantize(
        GraphEditor graph, NodeProto before, string what, string integers, float[] steps, string zeroPoint, long axis)
    {
        var called = $"{before.Output[0]}_{what}";
        var step = graph.AddInitializer(TensorData.Make($"{called}_step", [steps.Length], steps));
        var node = new NodeProto
        {
            Name = $"{called}_DequantizeLinear",
            OpType = "DequantizeLinear",
            Input = { integers, step, zeroPoint },
            Output = { graph.FreshName(called) },
        };
        node.SetInt("axis", axis);
        graph.Graph.Node.Insert(graph.Graph.Node.IndexOf(before), node);
        graph.Changed();
        return node.Output[0];
    }

    /// <summary>The weights' integers: as they are, but of other signs where a factor is negative, and without where it is 0.</summary>
    private string Turned(GraphEditor graph, double[] factors)
    {
        if (factors.All(factor => factor > 0))
            return Weight.Input[0];
        sbyte[] turned = [.. TensorData.Integers(Stored).Select(value => (sbyte)value)];
        var behind = (int)Shapes.Behind(Stored.Dims, (int)Form.Axis);
        for (var i = 0; i < turned.Length; i++)
            turned[i] = (sbyte)(turned[i] * Math.Sign(factors[i / behind % Channels]));
        return graph.AddInitializer(TensorData.Make(Weight.Input[0] + "_turned", Stored.Dims, turned));
    }

    // a factor of 0 leaves the step, and makes the integers 0
    private float Step(int channel, double factor) =>
        (float)(Form.Steps[Form.Steps.Count == 1 ? 0 : channel] * (factor == 0 ? 1 : Math.Abs(factor)));

    private int ZeroPoint(int channel) => Form.ZeroPoints[Form.ZeroPoints.Count == 1 ? 0 : channel];

    private byte[] ZeroPoints() => [.. Enumerable.Range(0, Channels).Select(c => unchecked((byte)ZeroPoint(c)))];

    private static bool IsPlain(NodeProto node) =>
        node.Is("Conv")
        || (node.Is("Gemm") && node.GetInt("transA", 0) == 0 && node.GetFloat("alpha", 1) == 1 && node.GetFloat("beta", 1) == 1);

    private static NodeProto? DequantizedBefore(string tensor, GraphIndex index)
    {
        var node = index.Producer(tensor);
        while (node is not null && Moving.Contains(node.OpType))
            node = index.Producer(node.Input[0]);
        return node is not null && StorageReader.Is(node, "DequantizeLinear") ? node : null;
    }

    private static TensorProto? Constant(string tensor, GraphIndex index) =>
        index.Initializer(tensor)
        ?? (index.Producer(tensor) is { } quantize && StorageReader.Is(quantize, "QuantizeLinear")
            ? index.Initializer(quantize.Input[0])
            : null);

    private static double[]? ReadBias(string name, int channels, StorageReader storages, GraphIndex index)
    {
        if (name.Length == 0)
            return new double[channels];
        if (index.Initializer(name) is { } real)
            return TensorData.IsReal(real) && TensorData.Count(real) == channels ? [.. TensorData.Floats(real)] : null;
        return index.Producer(name) is { } dequantize
            && StorageReader.Is(dequantize, "DequantizeLinear")
            && index.Initializer(dequantize.Input[0]) is { } stored
            && storages.Read(dequantize, out _) is { Type: DataType.Int32 } form
            && TensorData.Count(stored) == channels
            && form.ZeroPoints.All(zero => zero == 0)
            && (form.Steps.Count == 1 || form.Steps.Count == channels)
            ? [.. TensorData.Integers(stored).Select((value, c) => value * (double)form.Steps[form.Steps.Count == 1 ? 0 : c])]
            : null;
    }
}
