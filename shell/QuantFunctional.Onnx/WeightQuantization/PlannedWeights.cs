using QuantFunctional.Documents;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reporting;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>A product of the model with the plan of its weights.</summary>
internal sealed record PlannedWeights(FoundLayer Layer, WeightOnlyLayer Plan)
{
    /// <summary>The errors before and after rounding by second moments; null where each weight has its nearest integer.</summary>
    internal MomentErrors? Errors { get; init; }

    /// <summary>Why it has 8 bits among products of 4; null where it is as was asked for all.</summary>
    internal string? EightBitBecause { get; init; }

    /// <summary>What a user should know of how the weights were rounded.</summary>
    internal IReadOnlyList<ReportWarning> Warnings { get; init; } = [];

    /// <summary>The plan with its place.</summary>
    internal NamedWeightOnlyPlan Named => new(Layer.Node.DisplayName(), Layer.Node.OpType, Plan) { BySecondMoments = Errors is not null };

    /// <summary>The plan in short.</summary>
    internal WeightOnlySummary Summary() => new(
        Layer.Node.DisplayName(),
        Layer.Node.OpType,
        Plan.Request.Type.Name,
        (Plan.Request.Granularity as WeightGranularity.PerGroup)?.Size,
        Plan.Shape.Inputs,
        Plan.Shape.Channels,
        SqnrDb(),
        [
            .. Warnings,
            .. Plan.VanishedChannels is { IsEmpty: false } vanished
                ? (ReportWarning[])[Reports.Told(Warning.NewDeadChannels(vanished), Layer.Node.DisplayName())]
                : [],
        ])
    {
        ErrorShare = Errors is null ? null : Errors.Nearest > 0 ? Errors.Chosen / Errors.Nearest : 1,
        EightBitBecause = EightBitBecause,
    };

    private double SqnrDb()
    {
        var (signal, noise) = FSharp.WeightError.squares(Plan, Layer.Values);
        return Decibels.Of(signal, noise);
    }
}
