using System.Text.Json.Serialization;

namespace QuantFunctional.Onnx;

/// <summary>How far a quantized decoder is from its float model on rows of tokens, each of which begins a text.</summary>
/// <remarks>Both models always read the row's own tokens, whatever they would have said themselves.</remarks>
/// <param name="Rows">How many rows.</param>
/// <param name="Tokens">How many tokens they have together.</param>
/// <param name="AtOnce">The figures where each row is one run.</param>
/// <param name="TokenByToken">The first rows, each token a run of its own; null where the model keeps no past.</param>
public sealed record DecoderComparison(
    long Rows,
    long Tokens,
    DecoderFigures AtOnce,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CachedComparison? TokenByToken)
{
    /// <summary>What a user should know.</summary>
    public IReadOnlyList<ReportWarning> Warnings { get; init; } = [];

    /// <summary>Where it was measured: how many tokens a second both models read. Null where it was not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DecoderSpeeds? Speeds { get; init; }
}

/// <summary>What is told of two decoders' scores for the next token.</summary>
/// <param name="FloatPerplexity">e to the mean of −ln p of the token that comes next, over all tokens but the first of each row.</param>
/// <param name="QuantizedPerplexity">The same of the quantized model.</param>
/// <param name="Kl">
/// The mean over all tokens of the divergence Σ p·ln(p/q), in nats: p are the float model's probabilities of the next token, and q the
/// quantized model's.
/// </param>
/// <param name="Agreement">The fraction of tokens behind which both models hold the same next one for likeliest; the first of equal ones wins.</param>
/// <param name="SqnrDb">
/// 10·log10(Σ f² / Σ (f − q)²) of all scores, in decibels; JSON has <c>null</c> where both are equal everywhere.
/// </param>
public sealed record DecoderFigures(
    double FloatPerplexity,
    double QuantizedPerplexity,
    double Kl,
    double Agreement,
    [property: FiniteOrNull] double SqnrDb);

/// <summary>The same rows twice: at once, and token by token with what the models keep of those before.</summary>
/// <param name="Rows">How many of the first rows.</param>
/// <param name="Cached">The figures where each token is a run of its own.</param>
/// <param name="AtOnce">The figures of the same rows at once.</param>
/// <param name="FloatSqnrDb">How near the float model's scores of both ways are to each other, in decibels; JSON has <c>null</c> where they are equal.</param>
/// <param name="QuantizedSqnrDb">The same of the quantized model.</param>
public sealed record CachedComparison(
    long Rows,
    DecoderFigures Cached,
    DecoderFigures AtOnce,
    [property: FiniteOrNull] double FloatSqnrDb,
    [property: FiniteOrNull] double QuantizedSqnrDb);

/// <summary>How many tokens a second two decoders read in ONNX Runtime, on the processor at hand: medians of runs in turns.</summary>
/// <param name="Tokens">How many tokens each run reads, which are those of the first row.</param>
/// <param name="Runs">How many runs of each kind.</param>
/// <param name="AtOnce">All tokens in one run, as a prompt is read.</param>
/// <param name="TokenByToken">Each token a run of its own, as text is made; null where the model keeps no past.</param>
public sealed record DecoderSpeeds(
    int Tokens,
    int Runs,
    DecoderSpeed AtOnce,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DecoderSpeed? TokenByToken);

/// <summary>Tokens a second.</summary>
/// <param name="Float">The float model.</param>
/// <param name="Quantized">The quantized model.</param>
public sealed record DecoderSpeed(double Float, double Quantized);
