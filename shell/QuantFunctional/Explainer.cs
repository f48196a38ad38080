using QuantFunctional.FSharp;

namespace QuantFunctional;

/// <summary>Explains plans, and layers that could not be planned: in words and numbers, as text or as data.</summary>
public static partial class Explainer
{
    private const string Unnamed = "without a name";

    /// <summary>
    /// A plan as plain text: its scales and how each was found, every attempt with what overflowed and what was given
    /// up for it, and how much head room is left.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="name">What the layer is called in the text.</param>
    public static string Explain(this QuantizedLayer plan, string name = Unnamed) => plan.Facts(name).ToText();

    /// <summary>One output channel of a plan as plain text.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="channel">The output channel, counted from 0.</param>
    /// <param name="name">What the layer is called in the text.</param>
    /// <exception cref="ArgumentOutOfRangeException">The layer has no such channel.</exception>
    public static string Explain(this QuantizedLayer plan, int channel, string name = Unnamed) =>
        plan.Facts(name).ToText(channel);

    /// <summary>The attempts of a layer that could not be planned, as plain text.</summary>
    public static string Explain(this Refused refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        return Joined(Blocks.toText(ExplanationReport.ofAttempts(Explanation.ofTrace(refused.Trace))));
    }

    /// <summary>What there is to say of a plan, as data.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="name">What the layer is called.</param>
    /// <param name="nodeOperator">The operator that it comes from; null where it comes from arrays.</param>
    public static LayerExplanation Facts(this QuantizedLayer plan, string name = Unnamed, string? nodeOperator = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(name);
        return Explanation.ofLayer(name, nodeOperator, plan);
    }

    /// <summary>The attempts of a layer that could not be planned, as data.</summary>
    public static IReadOnlyList<AttemptExplanation> Facts(this Refused refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        return Explanation.ofTrace(refused.Trace);
    }

    /// <summary>An explanation with one output channel alone, and its head room.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The layer has no such channel.</exception>
    public static LayerExplanation OfChannel(this LayerExplanation explanation, int channel)
    {
        ThrowIfNoChannel(explanation, channel);
        return Explanation.ofChannel(channel, explanation);
    }

    /// <summary>An explanation as plain text of 100 columns, tables apart.</summary>
    public static string ToText(this LayerExplanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return Joined(Blocks.toText(ExplanationReport.ofLayer(explanation)));
    }

    /// <summary>The explanation of one output channel as plain text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The layer has no such channel.</exception>
    public static string ToText(this LayerExplanation explanation, int channel)
    {
        ThrowIfNoChannel(explanation, channel);
        return Joined(Blocks.toText(ExplanationReport.ofChannel(channel, explanation)));
    }

    /// <summary>A row for each layer as plain text.</summary>
    public static string ToText(this IEnumerable<LayerExplanation> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Joined(Blocks.toText(ExplanationReport.summary(layers)));
    }

    /// <summary>An explanation as GitHub's Markdown.</summary>
    public static string ToMarkdown(this LayerExplanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return Joined(Blocks.toMarkdown(ExplanationReport.ofLayer(explanation)));
    }

    /// <summary>The explanation of one output channel as GitHub's Markdown.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The layer has no such channel.</exception>
    public static string ToMarkdown(this LayerExplanation explanation, int channel)
    {
        ThrowIfNoChannel(explanation, channel);
        return Joined(Blocks.toMarkdown(ExplanationReport.ofChannel(channel, explanation)));
    }

    /// <summary>A row for each layer as GitHub's Markdown.</summary>
    public static string ToMarkdown(this IEnumerable<LayerExplanation> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Joined(Blocks.toMarkdown(ExplanationReport.summary(layers)));
    }

    private static void ThrowIfNoChannel(LayerExplanation explanation, int channel)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, explanation.Channels.Length);
    }

    // the same line ends on every system
    private static string Joined(IEnumerable<string> lines) => string.Join('\n', lines);
}
