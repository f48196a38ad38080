namespace QuantFunctional.Onnx.Comparison;

/// <summary>What is added up over the tokens that two decoders read. Logarithms are for the report alone; nothing is decided by them.</summary>
internal sealed class DecoderSums
{
    private readonly DifferenceSums _scores = new();
    private double _float;
    private double _quantized;
    private double _divergence;
    private long _next;
    private long _same;
    private long _tokens;

    /// <summary>Adds the scores behind a token, in the order of the rows.</summary>
    /// <param name="floats">The float model's.</param>
    /// <param name="quantized">The quantized model's.</param>
    /// <param name="next">The token that comes next; null at the end of a row.</param>
    internal void Add(double[] floats, double[] quantized, long? next)
    {
        var (p, q) = (Logarithms(floats), Logarithms(quantized));
        var divergence = 0.0;
        for (var i = 0; i < p.Length; i++)
            divergence += Math.Exp(p[i]) * (p[i] - q[i]);
        _divergence += divergence;
        _scores.Add(floats, quantized);
        _same += ArgMaxes.Of(floats, floats.Length)[0] == ArgMaxes.Of(quantized, quantized.Length)[0] ? 1 : 0;
        _tokens++;
        if (next is not { } token)
            return;
        _float -= p[token];
        _quantized -= q[token];
        _next++;
    }

    /// <summary>The figures of all tokens so far.</summary>
    internal DecoderFigures Figures => new(
        Math.Exp(_float / _next), Math.Exp(_quantized / _next), _divergence / _tokens, (double)_same / _tokens, _scores.SqnrDb);

    /// <summary>The logarithms of the probabilities that scores stand for.</summary>
    private static double[] Logarithms(double[] scores)
    {
        var largest = scores.Max();
        var sum = 0.0;
        foreach (var score in scores)
            sum += Math.Exp(score - largest);
        var total = largest + Math.Log(sum);
        return Array.ConvertAll(scores, score => score - total);
    }
}
