namespace QuantFunctional.Onnx.Observation;

/// <summary>A sample whose values of a tensor lie far wider apart than those of the others.</summary>
/// <param name="Sample">Its index, from 0.</param>
/// <param name="Width">How wide they lie apart.</param>
/// <param name="Usual">What 99 % of the other samples stay below.</param>
internal sealed record WideSample(long Sample, double Width, double Usual);

/// <summary>How a tensor's range came about, sample by sample, in memory that does not grow with the samples.</summary>
internal sealed class RangeHistory
{
    // a sample this many times as wide as nearly all others is no ordinary one
    private const double Unusual = 8;
    private const int MostUnusual = ObservedMerge.MostWidest;

    // widths are counted in bins of a sixteenth of an octave, the widest are kept as they are
    private const int BinsInOctave = 16;
    private readonly SortedDictionary<int, long> _bins = [];
    private readonly List<(double Width, long Sample)> _widest = [];
    private long _samples;
    private ValueCounter? _values;
    private ValueHistogram? _histogram;

    /// <summary>Smallest and largest finite value of all samples so far.</summary>
    public ObservedRange Range { get; private set; } = ObservedRange.Empty;

    /// <summary>The same of the first half of the samples.</summary>
    public ObservedRange FirstHalf { get; private set; } = ObservedRange.Empty;

    /// <summary>The range with the infinities that were seen.</summary>
    public ObservedRange WithInfinities { get; private set; } = ObservedRange.Empty;

    /// <summary>The first sample that held an infinity; null where none did.</summary>
    public long? FirstInfinite { get; private set; }

    /// <summary>Whether what is added is a sample of its own, and not one again.</summary>
    public bool CountsSamples { get; set; } = true;

    /// <summary>How often it took which finite values.</summary>
    public ValueHistogram Histogram => _histogram ?? Values.Histogram;

    /// <summary>Counts the values of every sample.</summary>
    public ValueCounter Values => _values ??= new ValueCounter();

    /// <summary>Whether the values of what is added are counted.</summary>
    public bool CountsValues { get; set; } = true;

    /// <summary>The history that a file holds.</summary>
    public static RangeHistory Of(ObservedTensorJson json)
    {
        var history = new RangeHistory
        {
            Range = ObservedRange.Of(json.Range),
            FirstHalf = ObservedRange.Of(json.FirstHalf),
            WithInfinities = ObservedRange.Of(json.Range),
            _samples = json.Samples,
            _histogram = json.Histogram.Open(),
        };
        foreach (var (bin, count) in json.Widths.Bins.Zip(json.Widths.Counts))
            history._bins[bin] = count;
        history._widest.AddRange(json.Widest.Widths.Zip(json.Widest.Samples));
        if (json.Infinities is { } infinities)
            history.AddInfinities(infinities.Positive, infinities.Negative, infinities.Sample);
        return history;
    }

    /// <summary>The history of a tensor of which nothing is known but its finite values' bounds, and whether it had infinities.</summary>
    public static RangeHistory Of(ObservedRange range, bool positive, bool negative) => new()
    {
        Range = range,
        WithInfinities = range.Join(new(
            negative ? float.NegativeInfinity : float.PositiveInfinity, positive ? float.PositiveInfinity : float.NegativeInfinity)),
        _histogram = FSharp.ValueHistogram.empty,
    };

    /// <summary>The history as a file holds it.</summary>
    public ObservedTensorJson ToJson(string name) => new(
        name,
        _samples,
        HistogramJsons.Of(Histogram),
        new WidthsJson([.. _bins.Keys], [.. _bins.Values]),
        new WidestJson([.. _widest.Select(wide => wide.Width)], [.. _widest.Select(wide => wide.Sample)]),
        Range.ToJson(),
        FirstHalf.ToJson(),
        FirstInfinite is { } sample
            ? new InfinitiesJson(float.IsPositiveInfinity(WithInfinities.Max), float.IsNegativeInfinity(WithInfinities.Min), sample)
            : null);

    /// <summary>The history of a tensor that was not observed itself, but made of others that were.</summary>
    public static RangeHistory OfParts(IReadOnlyCollection<RangeHistory> parts)
    {
        var range = Joined(part => part.Range);
        return new()
        {
            Range = range,
            FirstHalf = Joined(part => part.FirstHalf),
            WithInfinities = range,
            _histogram = parts.Select(part => part.Histogram).Aggregate(FSharp.ValueHistogram.merge),
        };

        ObservedRange Joined(Func<RangeHistory, ObservedRange> of) =>
            parts.Aggregate(ObservedRange.Empty, (all, one) => all.Join(of(one)));
    }

    /// <summary>The history of the tensor times 2^bits.</summary>
    public RangeHistory Raised(int bits)
    {
        var raised = new RangeHistory
        {
            Range = Raised(Range, bits),
            FirstHalf = Raised(FirstHalf, bits),
            WithInfinities = Raised(WithInfinities, bits),
            _histogram = FSharp.ValueHistogram.scalePow2(bits, Histogram),
        };
        foreach (var (bin, count) in _bins)
            raised._bins[bin == int.MinValue ? bin : bin + (BinsInOctave * bits)] = count;
        raised._widest.AddRange(_widest.Select(wide => (Math.ScaleB(wide.Width, bits), wide.Sample)));
        raised._samples = _samples;
        return raised;
    }

    private static ObservedRange Raised(ObservedRange range, int bits) =>
        new(MathF.ScaleB(range.Min, bits), MathF.ScaleB(range.Max, bits));

    /// <summary>Adds what one sample showed.</summary>
    /// <param name="range">The range of the sample's finite values.</param>
    /// <param name="sample">The sample's index, from 0.</param>
    /// <param name="isFirstHalf">Whether the sample is one of the first half.</param>
    public void Add(ObservedRange range, long sample, bool isFirstHalf)
    {
        Range = Range.Join(range);
        WithInfinities = WithInfinities.Join(range);
        if (isFirstHalf)
            FirstHalf = FirstHalf.Join(range);
        if (!CountsSamples)
            return;
        var width = range.Width;
        var bin = Bin(width);
        _bins[bin] = _bins.GetValueOrDefault(bin) + 1;
        var at = _widest.FindIndex(wide => wide.Width < width || (wide.Width == width && wide.Sample > sample));
        _widest.Insert(at < 0 ? _widest.Count : at, (width, sample));
        if (_widest.Count > MostUnusual)
            _widest.RemoveAt(MostUnusual);
        _samples++;
    }

    /// <summary>Adds that infinities were seen, which the finite range leaves out.</summary>
    public void AddInfinities(bool positive, bool negative, long sample)
    {
        if (positive || negative)
            FirstInfinite = Math.Min(FirstInfinite ?? sample, sample);
        if (positive)
            WithInfinities = WithInfinities with { Max = float.PositiveInfinity };
        if (negative)
            WithInfinities = WithInfinities with { Min = float.NegativeInfinity };
    }

    /// <summary>
    /// The samples, the widest first, that are more than 8 times as wide as 99 % of all the others; none where the others
    /// are all 0.
    /// </summary>
    public IReadOnlyList<WideSample> Unlike()
    {
        for (var count = (int)Math.Min(MostUnusual, _samples / 8); count > 0; count--)
        {
            var usual = Usual(_samples - count);
            if (usual > 0 && _widest[count - 1].Width > Unusual * usual)
                return [.. _widest.Take(count).Select(wide => new WideSample(wide.Sample, wide.Width, usual))];
        }

        return [];
    }

    /// <summary>The upper end of the bin that 99 % of the narrowest so many samples stay in or below.</summary>
    private double Usual(long narrowest)
    {
        var rank = narrowest - (narrowest / 100);
        foreach (var (bin, count) in _bins)
        {
            rank -= count;
            if (rank <= 0)
                return UpperEnd(bin);
        }

        return 0;
    }

    private static int Bin(double width)
    {
        if (width == 0)
            return int.MinValue;
        var exponent = Math.ILogB(width);
        var mantissa = Math.ScaleB(width, -exponent);
        return (exponent * BinsInOctave) + (int)((mantissa - 1) * BinsInOctave);
    }

    private static double UpperEnd(int bin)
    {
        if (bin == int.MinValue)
            return 0;
        var exponent = (int)Math.Floor((double)bin / BinsInOctave);
        return Math.ScaleB(1 + ((bin - (exponent * BinsInOctave) + 1.0) / BinsInOctave), exponent);
    }
}
