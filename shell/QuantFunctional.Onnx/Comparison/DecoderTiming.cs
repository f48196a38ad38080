using System.Diagnostics;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>Measures how many tokens a second two decoders read, in turns, so that whatever else the machine does falls on both.</summary>
internal static class DecoderTiming
{
    private const int MostTokens = 64;
    private const int WarmUps = 1;
    private const int LeastRuns = 3;
    private const int MostRuns = 9;

    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(30);

    /// <summary>Reads the begin of a row again and again.</summary>
    internal static DecoderSpeeds Of(ComparedDecoders decoders, long[] row, CancellationToken cancel)
    {
        long[] tokens = [.. row.Take(MostTokens)];
        var times = Enumerable.Range(0, 4).Select(_ => new List<TimeSpan>()).ToArray();
        var spent = TimeSpan.Zero;
        for (var run = -WarmUps; run < MostRuns && (run < LeastRuns || spent < LongEnough); run++)
        {
            for (var kind = 0; kind < (decoders.KeepPast ? 4 : 2); kind++)
            {
                cancel.ThrowIfCancellationRequested();
                var decoder = kind % 2 == 0 ? decoders.Floats : decoders.Quantized;
                var time = kind < 2 ? AtOnce(decoder, tokens) : TokenByToken(decoder, tokens);
                spent += time;
                if (run >= 0)
                    times[kind].Add(time);
            }
        }

        return new DecoderSpeeds(
            tokens.Length, times[0].Count, new(Speed(0), Speed(1)), decoders.KeepPast ? new(Speed(2), Speed(3)) : null);

        double Speed(int kind)
        {
            times[kind].Sort();
            return tokens.Length / times[kind][times[kind].Count / 2].TotalSeconds;
        }
    }

    private static TimeSpan AtOnce(DecoderRun decoder, long[] tokens)
    {
        decoder.Begin();
        var begun = Stopwatch.GetTimestamp();
        using var scores = decoder.Next(tokens, keepsPast: decoder.KeepsPast);
        return Stopwatch.GetElapsedTime(begun);
    }

    private static TimeSpan TokenByToken(DecoderRun decoder, long[] tokens)
    {
        decoder.Begin();
        var begun = Stopwatch.GetTimestamp();
        foreach (var token in tokens)
            decoder.Next([token], keepsPast: true).Dispose();
        return Stopwatch.GetElapsedTime(begun);
    }
}
