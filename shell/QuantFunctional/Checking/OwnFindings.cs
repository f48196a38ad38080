using System.Globalization;
using System.Numerics;
using QuantFunctional.Documents;

namespace QuantFunctional.Checking;

/// <summary>What the checker itself finds in a layer: everything that a certificate must say, and no more.</summary>
internal sealed class OwnFindings
{
    private readonly IntegerLayer _layer;
    private readonly LayerArithmetic _arithmetic;
    private readonly OwnClaims _claims;
    private readonly int _channels;

    internal OwnFindings(CheckedLayer layer)
    {
        (_layer, _arithmetic) = (layer.Integers, new LayerArithmetic(layer.Integers));
        _claims = new OwnClaims(layer, _arithmetic);
        Pairs = new OwnPairs(_layer, _arithmetic);
        _channels = _layer.Shape.Channels;
        Constants = [.. BadConstants()];
        var whole = _arithmetic.Inputs;
        Ranges = Constants.Count > 0
            ? []
            : [.. Enumerable.Range(0, _channels).Select(channel => _arithmetic.Ranges(channel, _ => whole))];
        Violations = [.. Constants, .. Overflows(), .. _claims.Scales()];
        Violations.AddRange(
            [
                .. Pairs.Beyond().Select(sum => Text("pair-overflow", sum.Channel, sum.Value, sum.Limit)),
                .. _claims.BiasSteps(),
                .. _claims.Offset(),
                .. _claims.Clamp(),
                .. Violations.Count == 0 ? _claims.Biases() : [],
            ]);
        if (Ranges.Count > 0 && Ranges.All(channel => channel.All(range => range.Holds)))
            Notices.AddRange([.. Saturations(), .. Narrow()]);
    }

    internal LayerArithmetic Arithmetic => _arithmetic;

    internal OwnPairs Pairs { get; }

    internal List<string> Constants { get; }

    internal List<List<Range>> Ranges { get; }

    internal List<string> Violations { get; }

    internal List<string> Notices { get; } = [];

    internal static string Text(string kind, int channel, BigInteger? value, BigInteger? limit) => string.Create(
        CultureInfo.InvariantCulture, $"{kind} in channel {channel}, {value} beyond {limit}");

    // what is not finite has no number in a document
    internal static string TextOfReal(string kind, int channel, double? held, double? claimed)
    {
        static string Number(double? value) =>
            value is { } number && double.IsFinite(number) ? FSharp.RealText.ofDouble(number) : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"{kind} in channel {channel}, {Number(held)} for {Number(claimed)}");
    }

    /// <summary>How far a channel can err, in output steps, where its output does not saturate.</summary>
    internal double ErrorBound(int channel)
    {
        var (claimed, held) = _claims.Scale(channel);
        var scale = claimed ?? held;
        var weights = _arithmetic.Weights(channel).Select(w => (long)w).ToList();
        var oneSided = Math.Max(weights.Where(w => w > 0).Sum(), -weights.Where(w => w < 0).Sum()) / 2.0;
        var split = !_layer.Path.IsInt15 ? 0 : _layer.IntrinsicShift[channel] == 1 ? oneSided : (oneSided / 128) + 1;
        var run = _layer.Rounding.IsOnceTiesUpReduced16 ? _arithmetic.ReducedFactor(channel) : held;
        var factor = (Math.Abs(run - scale) / scale) + Math.ScaleB(1, -50)
            + (_layer.Rounding.IsSingleTiesToEven ? Math.ScaleB(3, -24) : 0);
        var bias = 0.5 + Math.ScaleB(1 + Math.Abs(_claims.BiasInSteps(channel)), -50);
        return Rounding(channel) + (factor * Reach(channel, scale, factor)) + (scale * (bias + split));
    }

    /// <summary>What the roundings of the target leave, in output steps.</summary>
    private double Rounding(int channel)
    {
        var (multiplier, exponent) = _arithmetic.Tflite(channel);
        return _layer.Rounding switch
        {
            { IsOnceTiesUp: true } => _layer.Shift[channel] > 0 ? 0.5 : 0,
            { IsTwiceGemmlowp: true } when exponent < 0 => 0.5 + Math.ScaleB(0.5, exponent),
            { IsTwiceGemmlowp: true } when exponent > 0 && multiplier.IsPowerOfTwo => 0,
            _ => 0.5,
        };
    }

    // in steps from the zero point: what the sums reach, and what is not cut, of which roundings make up to one step
    private double Reach(int channel, double scale, double factor)
    {
        var sum = Ranges[channel].Single(range => range.Name == "product-and-bias");
        var zero = _layer.Output.ZeroPoint;
        var reach = ((double)BigInteger.Max(BigInteger.Abs(sum.Low), BigInteger.Abs(sum.High)) * scale)
            + Math.Abs(zero - _layer.OutputOffset);
        var uncut = Math.Max(Math.Abs(_layer.OutputRange.High - zero), Math.Abs(_layer.OutputRange.Low - zero));
        return factor < 0.5 ? Math.Min(reach, (uncut + 1) / (1 - factor)) : reach;
    }

    private IEnumerable<string> BadConstants()
    {
        var ((low, high), output, bits) = (_arithmetic.Inputs, _arithmetic.OutputType, _layer.Accumulator.Bits);
        var found = new List<(int Channel, BigInteger Value, BigInteger Low, BigInteger High)>
        {
            _layer.Path.IsInt16 ? (-1, _layer.Input.ZeroPoint, 0, 0) : (-1, _layer.Input.ZeroPoint, low, high),
            (-1, _layer.OutputOffset, output.Low, output.High),
            (-1, _layer.OutputRange.Low, output.Low, output.High),
            (-1, _layer.OutputRange.High, _layer.OutputRange.Low, output.High),
        };
        for (var channel = 0; channel < _channels; channel++)
        {
            var (half, multiplier) = (BigInteger.One << (bits - 1), _layer.Multiplier[channel]);
            found.Add((channel, _layer.Bias[channel], -half, half - 1));
            found.Add((channel, multiplier, 1, int.MaxValue));
            if (multiplier >= 1)
                found.Add(ShiftRun(channel, multiplier));
            var h = _layer.IntrinsicShift[channel];
            var wanted = !_layer.Path.IsInt15 ? 0 : h == 8 ? 8 : 1;
            found.Add((channel, h, wanted, wanted));
        }

        return found.Where(c => c.Value < c.Low || c.Value > c.High)
            .Select(c => Text("constant-out-of-range", c.Channel, c.Value, c.Value < c.Low ? c.Low : c.High));
    }

    private (int Channel, BigInteger Value, BigInteger Low, BigInteger High) ShiftRun(int channel, int multiplier)
    {
        if (_layer.Rounding.IsOnceTiesUpReduced16)
            return (channel, _arithmetic.Tflite(channel).Exponent, -31, 7);
        if (_layer.Rounding.IsTwiceGemmlowp || (_layer.Rounding.IsOnceTiesUp && _layer.Profile.IsTflite))
            return (channel, _arithmetic.Tflite(channel).Exponent, -31, 30);
        var range = multiplier == 1 ? _layer.Accumulator.UnitShift : _layer.Accumulator.MultiplierShift;
        if (_arithmetic.Weights(channel).Any(w => w != 0))
            return (channel, _layer.Shift[channel], range.Lowest, range.Highest);
        var one = BitOperations.Log2((uint)multiplier); // the shift of S = 1, which a dead channel always may have
        return (channel, _layer.Shift[channel], Math.Min(range.Lowest, one), Math.Max(range.Highest, one));
    }

    private IEnumerable<string> Overflows() =>
        from channel in Enumerable.Range(0, Ranges.Count)
        from range in Ranges[channel]
        where !range.Holds
        let isAbove = range.High >= range.Half
        select Text(
            "overflow", channel, isAbove ? range.High : range.Low, isAbove ? range.Half - 1 : -range.Half)
            + " of " + range.Name;

    private IEnumerable<string> Saturations()
    {
        var sums = Ranges.Select(channel => channel.Single(range => range.Name == "product-and-bias")).ToList();
        var zero = _layer.Output.ZeroPoint;
        var low = sums.Select((sum, channel) => (Channel: channel, Value: _arithmetic.Uncut(channel, sum.Low)))
            .Where(end => end.Value < _arithmetic.OutputType.Low && _layer.OutputRange.Low == _arithmetic.OutputType.Low && zero != _arithmetic.OutputType.Low)
            .ToList();
        var high = sums.Select((sum, channel) => (Channel: channel, Value: _arithmetic.Uncut(channel, sum.High)))
            .Where(end => end.Value > _arithmetic.OutputType.High && _layer.OutputRange.High == _arithmetic.OutputType.High && zero != _arithmetic.OutputType.High)
            .ToList();
        if (low.Count > 0)
            yield return Told(low.MinBy(end => end.Value), _arithmetic.OutputType.Low, low.Count);
        if (high.Count > 0)
            yield return Told(high.MaxBy(end => end.Value), _arithmetic.OutputType.High, high.Count);

        static string Told((int Channel, BigInteger Value) end, BigInteger limit, int count) =>
            $"{Text("saturation", end.Channel, end.Value, limit)} x{count}";
    }

    private IEnumerable<string> Narrow()
    {
        static int Bits(IEnumerable<BigInteger> values) => values.Max(v => 1 + (int)(v.Sign < 0 ? -v - 1 : v).GetBitLength());
        IEnumerable<BigInteger> Ends(params string[] names) =>
            from range in Ranges.SelectMany(channel => channel)
            where names.Contains(range.Name)
            from end in new[] { range.Low, range.High }
            select end;
        var (product, sum) = (Bits(Ends("product", "high-half", "low-half")), Bits(Ends("product-and-bias")));
        var bias = Bits(_layer.Bias.Select(b => (BigInteger)b));
        var (needed, bits) = (Math.Max(product, Math.Max(bias, sum)), _layer.Accumulator.Bits);
        if (needed < bits)
            yield return $"{Text("narrow-accumulator", -1, needed, bits)} x{new NeededBitsReport(product, bias, sum)}";
    }
}
