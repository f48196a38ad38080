using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// A Conv, Gemm or MatMul with constant float32 weights, whose input is x · factor + shift by channel. Factors and shifts gather here in
/// double, and are rounded to float32 once, as weights and biases.
/// </summary>
internal sealed class ScaledInput
{
    // what lies further apart, as weights of one step, would cost the smaller ones more than a bit
    private const double MostApart = 2;

    private readonly TensorProto _weight;
    private readonly Func<int, int> _inputOf;
    private readonly Func<int, int> _outputOf;
    private readonly int _outputs;
    private double[] _factors;
    private double[] _shifts;

    private ScaledInput(NodeProto node, TensorProto weight, int inputs, int outputs, Func<int, int> inputOf, Func<int, int> outputOf, LayerOutput input)
    {
        (Node, _weight, _inputOf, _outputOf, _outputs, Input) = (node, weight, inputOf, outputOf, outputs, input);
        _factors = [.. Enumerable.Repeat(1.0, inputs)];
        _shifts = new double[inputs];
    }

    internal NodeProto Node { get; }

    /// <summary>What it reads, with the axis along which channels lie.</summary>
    internal LayerOutput Input { get; private set; }

    /// <summary>The layer that a node is; null for other nodes and for weights that are not constant float32.</summary>
    internal static ScaledInput? Read(NodeProto node, GraphIndex index, TensorFacts facts)
    {
        if (!(node.Is("Conv") || node.Is("Gemm") || node.Is("MatMul"))
            || index.Initializer(node.InputOrEmpty(1)) is not { } weight
            || TensorData.Type(weight) != TensorProto.Types.DataType.Float || TensorData.Count(weight) == 0)
            return null;
        var layer = node.Is("Conv") ? OfConvolution(node, weight) : OfProduct(node, weight, facts);
        return layer is not null && ShiftedBias.IsKnown(node, index, layer._outputs) ? layer : null;
    }

    private static ScaledInput? OfConvolution(NodeProto node, TensorProto weight)
    {
        var group = (int)node.GetInt("group", 1);
        if (weight.Dims.Count < 3 || group < 1 || weight.Dims[0] % group != 0)
            return null;
        var (outputs, ofGroup) = ((int)weight.Dims[0], (int)weight.Dims[1]);
        var taps = weight.Dims.Skip(2).Aggregate(1, (product, size) => product * (int)size);
        return new ScaledInput(
            node, weight, ofGroup * group, outputs,
            i => (i / (taps * ofGroup) / (outputs / group) * ofGroup) + (i / taps % ofGroup),
            i => i / (taps * ofGroup),
            new LayerOutput(node.Input[0], ofGroup * group, weight.Dims.Count));
    }

    private static ScaledInput? OfProduct(NodeProto node, TensorProto weight, TensorFacts facts)
    {
        var rank = node.Is("Gemm") ? 2 : facts.Rank(node.Input[0]) ?? 0;
        if (weight.Dims.Count != 2 || rank < 2
            || node.GetInt("transA", 0) != 0 || node.GetFloat("alpha", 1) != 1 || node.GetFloat("beta", 1) != 1)
            return null;
        var isTransposed = node.GetInt("transB", 0) != 0;
        var (rows, columns) = ((int)weight.Dims[0], (int)weight.Dims[1]);
        var (inputs, outputs) = isTransposed ? (columns, rows) : (rows, columns);
        int Row(int i) => i / columns;
        int Column(int i) => i % columns;
        return new ScaledInput(
            node, weight, inputs, outputs, isTransposed ? Column : Row, isTransposed ? Row : Column,
            new LayerOutput(node.Input[0], inputs, rank) { Axis = rank - 1 });
    }

    /// <summary>
    /// Takes in what the maker of the input does to a tensor, and reads that tensor; false where padding stands in the way, float32 does
    /// not hold the result, or weights would lose bits.
    /// </summary>
    internal bool TryAbsorb(ChannelStep[] steps, string tensor)
    {
        var (factors, shifts) = (_factors, _shifts);
        _shifts = [.. steps.Select((step, i) => shifts[i] + (factors[i] * step.OfBias(0)))];
        _factors = [.. steps.Select((step, i) => factors[i] * step.Factor)];
        var isTaken = (IsUnpadded || _shifts.All(shift => shift == 0)) && AreAlike() && AreHeld();
        if (isTaken)
            Input = Input with { Tensor = tensor };
        else
            (_factors, _shifts) = (factors, shifts);
        return isTaken;
    }

    /// <summary>Gives the node its input, weights and bias. The old ones stay for whoever else reads them.</summary>
    internal void Write(GraphEditor graph)
    {
        Node.Input[0] = Input.Tensor;
        if (_factors.Any(factor => factor != 1))
            Node.Input[1] = graph.AddInitializer(TensorData.Make(_weight.Name + "_scaled", _weight.Dims, Weights()));
        if (_shifts.Any(shift => shift != 0))
            ShiftedBias.Add(graph, Node, Input.Rank, _weight.Name, Sums());
        graph.Changed();
    }

    private bool IsUnpadded => !Node.Is("Conv")
        || (Node.GetString("auto_pad", "NOTSET") is var pads && (pads == "VALID"
            || (pads == "NOTSET" && (Node.GetInts("pads") ?? []).All(pad => pad == 0))));

    // the weights of one output channel have one step
    private bool AreAlike()
    {
        var (least, most, count) = (new double[_outputs], new double[_outputs], TensorData.Count(_weight));
        Array.Fill(least, double.PositiveInfinity);
        for (var i = 0; i < count; i++)
        {
            var (factor, output) = (Math.Abs(_factors[_inputOf(i)]), _outputOf(i));
            if (factor > 0)
                (least[output], most[output]) = (Math.Min(least[output], factor), Math.Max(most[output], factor));
        }

        return least.Zip(most).All(channel => channel.Second <= MostApart * channel.First);
    }

    private bool AreHeld()
    {
        var (old, scaled) = (TensorData.Floats(_weight), Weights());
        for (var i = 0; i < old.Length; i++)
        {
            var vanishes = float.IsNormal(old[i]) && _factors[_inputOf(i)] != 0 && !float.IsNormal(scaled[i]);
            if (vanishes || !float.IsFinite(scaled[i]))
                return false;
        }

        return Sums().All(sum => float.IsFinite((float)sum));
    }

    private float[] Weights()
    {
        var weights = TensorData.Floats(_weight);
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)(weights[i] * _factors[_inputOf(i)]);
        return weights;
    }

    /// <summary>What the shifts add to each output channel.</summary>
    private double[] Sums()
    {
        var (weights, sums) = (TensorData.Floats(_weight), new double[_outputs]);
        for (var i = 0; i < weights.Length; i++)
            sums[_outputOf(i)] += weights[i] * _shifts[_inputOf(i)];
        return sums;
    }
}
