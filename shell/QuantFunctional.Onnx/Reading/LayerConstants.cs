using System.Collections.Immutable;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reading;

/// <summary>The integers that a layer's file holds.</summary>
/// <param name="Shape">What the weights' axes are.</param>
/// <param name="Weights">The weights, their zero points taken off.</param>
/// <param name="WeightSteps">The real units per step of the weights.</param>
/// <param name="Bias">The bias of each output channel.</param>
/// <param name="BiasSteps">The real units per step of the bias as the file claims them; null without such a claim.</param>
internal sealed record LayerConstants(
    WeightShape Shape,
    ImmutableArray<sbyte> Weights,
    Channelwise<float> WeightSteps,
    ImmutableArray<long> Bias,
    Channelwise<double>? BiasSteps)
{
    /// <summary>One value for the whole tensor, or one for each output channel.</summary>
    internal static Channelwise<T> Each<T>(IReadOnlyList<T> values) => values.Count == 1
        ? FSharp.Channelwise.perTensor(values[0])
        : FSharp.Channelwise.perChannel(values);

    /// <summary>Σ w of an output channel.</summary>
    internal long WeightSum(int channel)
    {
        var sum = 0L;
        for (var i = 0; i < Shape.WeightsPerChannel; i++)
            sum += Weights[Shape.Index(channel, i / Shape.Positions, i % Shape.Positions)];
        return sum;
    }

    /// <summary>
    /// Whether weights that are stored with a zero point can saturate a pair on the target: a kernel multiplies what is
    /// stored, and takes the zero point off afterwards, where a layer's arithmetic knows only the difference.
    /// </summary>
    internal bool SaturatesAsStored(StoredForm stored, BackendProfile profile)
    {
        if (FSharp.PairOrder.productSums(profile, ActivationPath.Int8, Shape).IsInFull)
            return false;

        for (var channel = 0; channel < Shape.Channels; channel++)
        {
            var zero = stored.ZeroPoints[stored.ZeroPoints.Count == 1 ? 0 : channel];
            for (var first = 0; first + 1 < Shape.WeightsPerChannel; first += 2)
            {
                if (!FSharp.PairOrder.isSafe(Stored(first), Stored(first + 1)))
                    return true;
            }

            sbyte Stored(int product) => (sbyte)(Weights[FSharp.PairOrder.index(Shape, channel, product)] + zero);
        }

        return false;
    }
}

/// <summary>Reads the weights and the bias of a Conv, Gemm or MatMul.</summary>
internal sealed class LayerConstantsReader(GraphIndex index)
{
    /// <summary>The constants; null, with the reason, where no integer kernel could run them.</summary>
    /// <param name="node">The node.</param>
    /// <param name="inputStep">The input's step.</param>
    /// <param name="weight">The integers of its weight.</param>
    /// <param name="bias">The integers of its bias; null where it has none, or a real one.</param>
    /// <param name="reason">Why there are none.</param>
    internal LayerConstants? Read(NodeProto node, float inputStep, Twin weight, Twin? bias, out string reason)
    {
        var shape = Shape(node, weight, out reason);
        if (shape is null || Weights(node, weight, shape, ref reason) is not { } weights)
            return null;
        var steps = LayerConstants.Each(Alive(weight.Form.Steps));
        var real = bias is null ? node.InputOrEmpty(2) : "";
        if (real.Length > 0)
        {
            return RealBias(real, shape.Channels, inputStep, steps) is { } rounded
                ? new LayerConstants(shape, weights, steps, [.. rounded.Select((value, i) => IsDead(weight, i) ? 0 : value)], null)
                : Refuse("its bias is neither integers nor one real constant for each output channel", out reason);
        }

        if (bias is null)
            return new LayerConstants(shape, weights, steps, [.. Enumerable.Repeat(0L, shape.Channels)], null);
        if (index.Initializer(bias.Tensor) is not { } stored)
            return Refuse("its bias is not constant", out reason);
        var integers = TensorData.Integers(stored);
        if (integers.Length != shape.Channels || bias.Form.ZeroPoints.Any(zero => zero != 0))
            return Refuse("its bias is not one integer with zero point 0 for each output channel", out reason);
        if (bias.Form.Steps.Count != 1 && bias.Form.Steps.Count != shape.Channels)
            return Refuse("its bias has another number of steps than of output channels", out reason);
        var claimed = Enumerable.Range(0, shape.Channels).Select(channel => IsDead(weight, channel)
            ? inputStep * steps[channel]
            : (double)bias.Form.Steps[bias.Form.Steps.Count == 1 ? 0 : channel]);
        return new LayerConstants(
            shape,
            weights,
            steps,
            [.. integers.Select((value, channel) => IsDead(weight, channel) ? 0 : value)],
            LayerConstants.Each<double>(bias.Form.Steps.Count == 1 ? [bias.Form.Steps[0]] : [.. claimed]));
    }

    private static bool IsDead(Twin weight, int channel) => weight.Form.Steps[weight.Form.Steps.Count == 1 ? 0 : channel] == 0;

    /// <summary>
    /// The steps, with another in the place of each that is 0: such a channel's weights and bias are 0 whatever is stored, so that
    /// any step is right for them.
    /// </summary>
    private static IReadOnlyList<float> Alive(IReadOnlyList<float> steps) =>
        [.. steps.Select(step => step > 0 ? step : steps.FirstOrDefault(other => other > 0, 1))];

    private WeightShape? Shape(NodeProto node, Twin weight, out string reason)
    {
        reason = "";
        var dims = index.Initializer(weight.Tensor)!.Dims.Select(size => (int)size).ToList();
        var transposed = node.Is("Gemm") && node.GetInt("transB", 0) != 0;
        var (layout, axis) = node.Is("Conv") ? (WeightLayout.OIHW, 0)
            : transposed ? (WeightLayout.OI, 0)
            : (WeightLayout.IO, 1);
        if (!node.Is("Conv") && dims.Count != 2)
            reason = $"a weight of rank {dims.Count}";
        else if (weight.Form.Steps.Count > 1 && (weight.Form.Axis + dims.Count) % dims.Count != axis)
            reason = $"its weight's steps go along axis {weight.Form.Axis}, but its output channels along axis {axis}";
        if (reason.Length > 0)
            return null;
        var shape = FSharp.WeightShape.create(layout, LayerGeometry.Groups(node), dims);
        if (shape.IsOk && (weight.Form.Steps.Count == 1 || weight.Form.Steps.Count == shape.ResultValue.Channels))
            return shape.ResultValue;
        reason = shape.IsOk ? "its weight has another number of steps than of output channels" : shape.ErrorValue.Message;
        return null;
    }

    private ImmutableArray<sbyte>? Weights(NodeProto node, Twin weight, WeightShape shape, ref string reason)
    {
        var stored = TensorData.Integers(index.Initializer(weight.Tensor)!);
        var zeros = weight.Form.ZeroPoints;
        var values = new sbyte[stored.Length];
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var i = 0; i < shape.WeightsPerChannel; i++)
            {
                var at = shape.Index(channel, i / shape.Positions, i % shape.Positions);
                var value = IsDead(weight, channel) ? 0 : stored[at] - zeros[zeros.Count == 1 ? 0 : channel];
                if (value is < sbyte.MinValue or > sbyte.MaxValue)
                {
                    reason = $"a weight of channel {channel} lies {value} steps from its zero point, more than 8 bits hold";
                    return null;
                }

                values[at] = (sbyte)value;
            }
        }

        return [.. values];
    }

    /// <summary>A real bias in steps of xStep·wStep, as ONNX Runtime rounds it before it runs the layer.</summary>
    private ImmutableArray<long>? RealBias(string name, int channels, float inputStep, Channelwise<float> steps)
    {
        if (index.Initializer(name) is not { } tensor || !TensorData.IsReal(tensor))
            return null;
        var values = TensorData.Floats(tensor);
        if (values.Length != channels || values.Any(value => !float.IsFinite(value)))
            return null;
        return
        [
            .. values.Select((value, channel) => (long)Math.Clamp(
                MathF.Round(value / (inputStep * steps[channel]), MidpointRounding.ToEven), int.MinValue, int.MaxValue)),
        ];
    }

    private static LayerConstants? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }
}
