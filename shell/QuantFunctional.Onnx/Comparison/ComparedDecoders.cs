using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>A float decoder and its quantized form, which read the same tokens in turns.</summary>
internal sealed class ComparedDecoders(ComparedModels models, TokenRows rows) : IDisposable
{
    private const int RowsTokenByToken = 4;
    private const double LeastAlike = 30;

    private readonly DecoderSums _all = new();
    private readonly DecoderSums _first = new();
    private readonly DecoderSums _cached = new();
    private readonly DifferenceSums _floatWays = new();
    private readonly DifferenceSums _quantizedWays = new();
    private long _tokens;
    private long _rows;
    private long _cachedRows;

    /// <summary>The float model.</summary>
    internal DecoderRun Floats { get; } = new(models.Floats, TokenRows.Decoder(models.Floats.Model));

    /// <summary>Its quantized form.</summary>
    internal DecoderRun Quantized { get; } = new(models.Quantized, TokenRows.Decoder(models.Quantized.Model));

    /// <summary>Whether both can read token by token.</summary>
    internal bool KeepPast => Floats.KeepsPast && Quantized.KeepsPast;

    /// <summary>Reads a row with both: at once, and one of the first rows token by token too.</summary>
    internal void Add(long[] row)
    {
        var isCached = KeepPast && _rows < RowsTokenByToken;
        RequireTokens(row, Floats.Choices ?? int.MaxValue);
        Floats.Begin();
        Quantized.Begin();
        using var floats = Floats.Next(row, keepsPast: false);
        using var quantized = Quantized.Next(row, keepsPast: false);
        if (floats.Choices != quantized.Choices)
        {
            throw Diagnostics.OutputShapesDiffer.Fault(FormattableString.Invariant(
                $"{models.Quantized.Model.Path}: scores for {quantized.Choices} tokens, but the float model's for {floats.Choices}; compare a model with its own quantized form."),
                file: models.Quantized.Model.Path);
        }

        RequireTokens(row, floats.Choices);
        for (var i = 0; i < row.Length; i++)
        {
            var (real, rounded) = (floats.Behind(i), quantized.Behind(i));
            long? next = i + 1 < row.Length ? row[i + 1] : null;
            _all.Add(real, rounded, next);
            if (isCached)
                AddCached(row[i], next, real, rounded);
        }

        _tokens += row.Length;
        _rows++;
        _cachedRows += isCached ? 1 : 0;
    }

    /// <summary>The report of all rows so far.</summary>
    internal DecoderComparison Result()
    {
        var cached = _cachedRows == 0
            ? null
            : new CachedComparison(_cachedRows, _cached.Figures, _first.Figures, _floatWays.SqnrDb, _quantizedWays.SqnrDb);
        return new DecoderComparison(_rows, _tokens, _all.Figures, cached) { Warnings = [.. Warnings(cached)] };
    }

    /// <summary>Frees what both keep.</summary>
    public void Dispose()
    {
        Floats.Dispose();
        Quantized.Dispose();
    }

    private void RequireTokens(long[] row, int choices)
    {
        if (Array.FindIndex(row, token => token < 0 || token >= choices) is >= 0 and var at)
            throw rows.Wrong(FormattableString.Invariant($"holds token {row[at]}, but the models tell {choices} tokens apart, counted from 0"));
    }

    private void AddCached(long token, long? next, double[] real, double[] rounded)
    {
        using var floats = Floats.Next([token], keepsPast: true);
        using var quantized = Quantized.Next([token], keepsPast: true);
        var (ownReal, ownRounded) = (floats.Behind(0), quantized.Behind(0));
        _first.Add(real, rounded, next);
        _cached.Add(ownReal, ownRounded, next);
        _floatWays.Add(real, ownReal);
        _quantizedWays.Add(rounded, ownRounded);
    }

    private IEnumerable<ReportWarning> Warnings(CachedComparison? cached)
    {
        if (cached is null)
            yield break;
        // a quantized model rounds otherwise in either way, but not by more than it is from the float model
        (string Name, double Ratio, double Usual)[] ways =
        [
            (models.Floats.Model.Path, cached.FloatSqnrDb, LeastAlike),
            (models.Quantized.Model.Path, cached.QuantizedSqnrDb, Math.Min(LeastAlike, cached.AtOnce.SqnrDb)),
        ];
        foreach (var (name, ratio, usual) in ways)
        {
            if (ratio < usual)
            {
                yield return Diagnostics.CacheDisagrees.Warn(FormattableString.Invariant(
                    $"{name}: what it gives token by token is at {ratio:F1} dB to what it gives at once, and both should be the same but for rounding"));
            }
        }
    }
}
