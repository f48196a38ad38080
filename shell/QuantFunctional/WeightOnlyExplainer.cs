using QuantFunctional.FSharp;

namespace QuantFunctional;

/// <content>Plans of weights alone.</content>
public static partial class Explainer
{
    /// <summary>A plan of weights alone as plain text: its steps and how many bits the weights use.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="name">What the layer is called in the text.</param>
    public static string Explain(this WeightOnlyLayer plan, string name = Unnamed) => plan.Facts(name).ToText();

    /// <summary>What there is to say of a plan of weights alone, as data.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="name">What the layer is called.</param>
    /// <param name="nodeOperator">The operator that it comes from; null where it comes from arrays.</param>
    public static WeightOnlyExplanation Facts(
        this WeightOnlyLayer plan, string name = Unnamed, string? nodeOperator = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(name);
        return WeightOnlyExplained.ofLayer(name, nodeOperator, plan);
    }

    /// <summary>An explanation with one output channel alone.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The layer has no such channel.</exception>
    public static WeightOnlyExplanation OfChannel(this WeightOnlyExplanation explanation, int channel)
    {
        ThrowIfNoChannel(explanation, channel);
        return WeightOnlyExplained.ofChannelAlone(channel, explanation);
    }

    /// <summary>An explanation as plain text of 100 columns, tables apart.</summary>
    public static string ToText(this WeightOnlyExplanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return Joined(Blocks.toText(WeightOnlyReport.ofLayer(explanation)));
    }

    /// <summary>The explanation of one output channel as plain text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The layer has no such channel.</exception>
    public static string ToText(this WeightOnlyExplanation explanation, int channel)
    {
        ThrowIfNoChannel(explanation, channel);
        return Joined(Blocks.toText(WeightOnlyReport.ofChannel(channel, explanation)));
    }

    /// <summary>A row for each layer as plain text.</summary>
    public static string ToText(this IEnumerable<WeightOnlyExplanation> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Joined(Blocks.toText(WeightOnlyReport.summary(layers)));
    }

    /// <summary>An explanation as GitHub's Markdown.</summary>
    public static string ToMarkdown(this WeightOnlyExplanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return Joined(Blocks.toMarkdown(WeightOnlyReport.ofLayer(explanation)));
    }

    /// <summary>The explanation of one output channel as GitHub's Markdown.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The layer has no such channel.</exception>
    public static string ToMarkdown(this WeightOnlyExplanation explanation, int channel)
    {
        ThrowIfNoChannel(explanation, channel);
        return Joined(Blocks.toMarkdown(WeightOnlyReport.ofChannel(channel, explanation)));
    }

    /// <summary>A row for each layer as GitHub's Markdown.</summary>
    public static string ToMarkdown(this IEnumerable<WeightOnlyExplanation> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Joined(Blocks.toMarkdown(WeightOnlyReport.summary(layers)));
    }

    private static void ThrowIfNoChannel(WeightOnlyExplanation explanation, int channel)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, explanation.Channels.Length);
    }
}
