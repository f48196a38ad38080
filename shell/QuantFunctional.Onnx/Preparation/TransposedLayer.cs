using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>A ConvTranspose with constant weights, read as a Conv that makes all phases of its output as channels.</summary>
/// <param name="Node">The node.</param>
/// <param name="Weight">Its weights: input channels, output channels of a group, kernel.</param>
/// <param name="Bias">One bias for each output channel, or empty.</param>
/// <param name="Group">The number of groups.</param>
/// <param name="Axes">Its spatial axes.</param>
internal sealed record TransposedLayer(
    NodeProto Node, TensorProto Weight, float[] Bias, int Group, IReadOnlyList<TransposedAxis> Axes)
{
    /// <summary>The number of output channels of a group.</summary>
    internal int ChannelsOfGroup => (int)Weight.Dims[1];

    /// <summary>The number of output channels.</summary>
    internal int Channels => ChannelsOfGroup * Group;

    /// <summary>The number of phases of all axes.</summary>
    internal int Phases => Axes.Aggregate(1, (product, axis) => product * axis.Phases);

    /// <summary>The layer that a node is, or the reason why it can be none.</summary>
    internal static TransposedLayer? Read(NodeProto node, GraphIndex index, TensorFacts facts, out string reason)
    {
        reason = "";
        if (index.Initializer(node.InputOrEmpty(1)) is not { } weight)
            return Refuse("dynamic weight", out reason);
        if (TensorData.Type(weight) != TensorProto.Types.DataType.Float)
            return Refuse($"its weight is {TensorData.Type(weight).ToString().ToLowerInvariant()}, not float32", out reason);
        if (TensorData.Count(weight) == 0 || weight.Dims.Count < 3)
            return Refuse("its weight is empty or of too low a rank", out reason);
        var group = (int)node.GetInt("group", 1);
        if (group < 1 || weight.Dims[0] % group != 0)
            return Refuse($"its weight cannot be parted into {group} groups", out reason);
        var bias = node.InputOrEmpty(2) is { Length: > 0 } name ? Values(index.Initializer(name)) : [];
        if (bias is null || (bias.Length > 0 && bias.Length != weight.Dims[1] * group))
            return Refuse("a bias that is not one constant for each output channel", out reason);
        var sizes = facts.TryGet(node.Input[0], out var fact) && fact.Rank == weight.Dims.Count
            ? fact.Dims.Skip(2).ToList()
            : [.. weight.Dims.Skip(2).Select(_ => -1L)];
        return TransposedShape.Read(node, [.. weight.Dims.Skip(2).Select(size => (int)size)], sizes) is { } axes
            ? new TransposedLayer(node, weight, bias, group, axes)
            : Refuse("its pads hang on sizes of its input that are not known", out reason);
    }

    /// <summary>The weights of the Conv: for each group its phases, for each phase the group's output channels.</summary>
    internal float[] ConvolutionWeights(out long[] dims)
    {
        var inputs = (int)Weight.Dims[0] / Group;
        int[] windows = [.. Axes.Select(axis => axis.Window)];
        dims = [(long)Channels * Phases, inputs, .. windows.Select(size => (long)size)];
        var (values, window) = (TensorData.Floats(Weight), windows.Aggregate(1, (product, size) => product * size));
        var taps = values.Length / ((int)Weight.Dims[0] * ChannelsOfGroup);
        var made = new float[dims.Aggregate(1L, (product, size) => product * size)];
        for (var phase = 0; phase < Phases; phase++)
        {
            for (var tap = 0; tap < taps; tap++)
            {
                if (PlaceOf(phase, tap) is not { } place)
                    continue;
                for (var from = 0; from < inputs * Group; from++)
                {
                    for (var channel = 0; channel < ChannelsOfGroup; channel++)
                    {
                        var to = (((from / inputs * Phases) + phase) * ChannelsOfGroup) + channel;
                        made[(((to * inputs) + (from % inputs)) * window) + place] =
                            values[(((from * ChannelsOfGroup) + channel) * taps) + tap];
                    }
                }
            }
        }

        return made;
    }

    /// <summary>Where the Conv's output channels are that hold all groups' channels of one phase after the other.</summary>
    internal IEnumerable<long> ChannelsByPhase() =>
        from phase in Enumerable.Range(0, Phases)
        from channel in Enumerable.Range(0, Channels)
        let part = channel / ChannelsOfGroup
        select (((long)part * Phases) + phase) * ChannelsOfGroup + (channel % ChannelsOfGroup);

    /// <summary>The Conv's bias, in the order of its weights.</summary>
    internal float[] ConvolutionBias() =>
    [
        .. from part in Enumerable.Range(0, Group)
           from _ in Enumerable.Range(0, Phases)
           from channel in Enumerable.Range(0, ChannelsOfGroup)
           select Bias[(part * ChannelsOfGroup) + channel],
    ];

    // the last axis is the slowest of the phases, since it is the first that is woven in; of taps and places it is the fastest
    private int? PlaceOf(int phase, int tap)
    {
        var (place, factor) = (0, 1);
        var phases = new int[Axes.Count];
        for (var axis = 0; axis < Axes.Count; axis++)
        {
            phases[axis] = phase % Axes[axis].Phases;
            phase /= Axes[axis].Phases;
        }

        for (var axis = Axes.Count - 1; axis >= 0; axis--)
        {
            var kernel = (int)Weight.Dims[axis + 2];
            if (Axes[axis].Place(phases[axis], tap % kernel) is not { } own)
                return null;
            place += own * factor;
            factor *= Axes[axis].Window;
            tap /= kernel;
        }

        return place;
    }

    private static float[]? Values(TensorProto? tensor) =>
        tensor is not null && TensorData.Type(tensor) == TensorProto.Types.DataType.Float ? TensorData.Floats(tensor) : null;

    private static TransposedLayer? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }
}
