using QuantFunctional.Formats;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Finds powers of two with which narrow channels use more of the steps of their tensors, and layers that read them lose less by
/// their weights than they gain.
/// </summary>
/// <remarks>
/// As in cross-layer equalization (Nagel et al. 2019, arXiv:1906.04721): a channel is r of its tensor's R wide, and the weights for it
/// are w of the widest of their layer. Times 2^k the error of its rounding is 4^−k of what it was, and that of the weights' rounding
/// 4^k; the sum is least at 4^k = w·R/r. A depthwise layer has steps for each channel, and loses nothing.
/// </remarks>
internal sealed class FactorSearch
{
    private const int SmallestExponent = -126;
    private const int LargestExponent = 126;

    private readonly Scheme _scheme;
    private readonly ChannelAxes _axes;
    private readonly Dictionary<ChannelClass, double[]> _lacking = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ChannelClass, int[]> _bits = new(ReferenceEqualityComparer.Instance);

    private FactorSearch(Scheme scheme) => (_scheme, _axes) = (scheme, new ChannelAxes(scheme, ChannelTie.Factor));

    /// <summary>The factors of each class of channels that may gain by them.</summary>
    internal static IReadOnlyList<ChannelFactors> Of(
        Scheme scheme, EncodingGroups groups, Observations observed, bool perChannel, SampleSet samples,
        IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        var search = new FactorSearch(scheme);
        var makers = search._axes.Makers.Where(maker => !maker.Class.IsFixed).DistinctBy(maker => maker.Class.Whole).ToList();
        foreach (var (_, made) in makers)
            search._lacking[made.Whole] = Enumerable.Repeat(double.PositiveInfinity, made.Count).ToArray();
        List<ChanneledTensor> tensors =
        [
            .. groups.Observed(scheme.Index)
                .Where(tensor => search._axes.Of(tensor) is { } axis && axis.Runs.Any(run => search._lacking.ContainsKey(run.Class.Whole)))
                .Select(tensor => new ChanneledTensor(tensor, search._axes.Of(tensor)!.Axis, scheme.Dims(tensor)?.Count ?? 0))
                .Where(tensor => tensor.Rank > tensor.Axis),
        ];
        if (tensors.Count == 0)
            return [];
        search.Compare(groups, observed, ChannelExtremes.Of(scheme.Model, tensors, samples, progress, cancel));
        foreach (var (one, lacking) in search._lacking)
            search._bits[one] = [.. lacking.Select(Bits)];
        foreach (var constant in search._axes.Constants)
            search.Limit(constant, perChannel);
        return
        [
            .. makers.Select(maker => new ChannelFactors(maker.Layer.Output[0], search._bits[maker.Class.Whole]))
                .Where(factors => factors.Bits.Any(bits => bits > 0)),
        ];
    }

    // what is never there needs no steps
    private static int Bits(double lacking) => double.IsFinite(lacking) ? Math.Clamp(Math.ILogB(lacking), 0, ChannelFactors.MostBits) : 0;

    /// <summary>How many times as wide as each channel the encoding of its tensors is.</summary>
    private void Compare(EncodingGroups groups, Observations observed, IReadOnlyDictionary<string, ObservedRange[]> extremes)
    {
        var encodings = groups.Observed(_scheme.Index)
            .Where(observed.Ranges.ContainsKey)
            .GroupBy(groups.GroupOf)
            .ToDictionary(group => group.Key, group => group.Aggregate(ObservedRange.Empty, (all, tensor) => all.Join(observed.Ranges[tensor])));
        foreach (var (tensor, ranges) in extremes)
        {
            if (!encodings.TryGetValue(groups.GroupOf(tensor), out var whole))
                continue;
            foreach (var (range, (one, channel)) in ranges.Zip(_axes.Of(tensor)!.Channels))
            {
                if (_lacking.TryGetValue(one, out var lacking))
                    lacking[channel] = Math.Min(lacking[channel], Math.Min(Ratio(whole.Max, range.Max), Ratio(-whole.Min, -range.Min)));
            }
        }
    }

    private static double Ratio(float whole, float part) => part > 0 ? (double)whole / part : double.PositiveInfinity;

    /// <summary>Takes back bits by which a layer's weights lose more than is gained, or a number would not be the same times a power of two.</summary>
    private void Limit(ChannelConstant constant, bool perChannel)
    {
        (ChannelClass Class, int Channel)[] channels = [.. constant.Channels.Channels];
        if (!channels.Any(channel => _bits.ContainsKey(channel.Class)))
            return;
        var tensor = _scheme.Index.Initializer(constant.Node.Input[constant.Input])!;
        var values = TensorData.Floats(tensor);
        var axis = constant.Channels.Axis;
        var behind = (int)Shapes.Behind(tensor.Dims, axis);
        var shares = constant.IsOfReader ? Shares(constant, values, tensor.Dims, perChannel) : null;
        for (var i = 0; i < values.Length; i++)
        {
            var (one, channel) = channels[i / behind % channels.Length];
            if (values[i] != 0 && _bits.TryGetValue(one, out var bits))
                bits[channel] = Math.Min(bits[channel], Exact(values[i], constant.IsOfReader));
        }

        for (var i = 0; shares is not null && i < channels.Length; i++)
        {
            var (one, channel) = channels[i];
            if (_bits.TryGetValue(one, out var bits))
                bits[channel] = Math.Min(bits[channel], Shared(_lacking[one][channel] * shares[i]));
        }
    }

    private static int Exact(float value, bool isDivided)
    {
        if (!float.IsFinite(value))
            return 0;
        var exponent = Math.ILogB(value);
        return Math.Max(0, isDivided ? exponent - SmallestExponent : LargestExponent - exponent);
    }

    /// <summary>Half of the bits, to the nearest.</summary>
    private static int Shared(double shared) => double.IsFinite(shared) && shared >= 0.5 ? Math.ILogB(2 * shared) / 2 : 0;

    /// <summary>How wide the weights for each element are, of the widest of those that share their step; null where that takes no part.</summary>
    private static double[]? Shares(ChannelConstant constant, float[] values, IReadOnlyList<long> dims, bool perChannel)
    {
        var isDepthwise = LayerGeometry.Groups(constant.Node) > 1;
        if (isDepthwise && perChannel)
            return null;
        var rows = isDepthwise ? 0 : 1 - constant.Channels.Axis;
        var (inputs, rowsBehind, inputsBehind) =
            (constant.Channels.Elements, (int)Shapes.Behind(dims, rows), (int)Shapes.Behind(dims, constant.Channels.Axis));
        var widest = new double[perChannel ? dims[rows] : 1];
        for (var i = 0; i < values.Length; i++)
            widest[Row(i)] = Math.Max(widest[Row(i)], Math.Abs((double)values[i]));
        var shares = new double[inputs];
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] != 0)
                shares[i / inputsBehind % inputs] = Math.Max(shares[i / inputsBehind % inputs], Math.Abs((double)values[i]) / widest[Row(i)]);
        }

        return shares;

        int Row(int i) => perChannel ? (int)(i / rowsBehind % dims[rows]) : 0;
    }
}
