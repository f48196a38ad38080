using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using QuantFunctional.FSharp;

namespace QuantFunctional.Steps;

/// <summary>The border to the core's steps, in both directions.</summary>
internal static class StageOutcomes
{
    internal static StageOutcome<T> Open<T>(this Step<T> step) => step switch
    {
        Step<T>.Done done => new StageOutcome<T>.Done(done.Item1, [.. done.Item2]),
        Step<T>.Retry retry => new StageOutcome<T>.Retry(retry.Item1, retry.Item2),
        Step<T>.Refuse refuse => new StageOutcome<T>.Refused(refuse.Item),
        _ => throw new InvalidOperationException($"a step has no case {step}"),
    };

    internal static FSharpFunc<BacktrackingParameters, Step<T>> ToCore<T>(
        Func<BacktrackingParameters, StageOutcome<T>> attempt) =>
        FuncConvert.FromFunc<BacktrackingParameters, Step<T>>(parameters => Close(attempt(parameters)));

    private static Step<T> Close<T>(StageOutcome<T> outcome) => outcome switch
    {
        StageOutcome<T>.Done done => Step<T>.NewDone(done.Value, ListModule.OfSeq(done.Warnings)),
        StageOutcome<T>.Retry retry => Step<T>.NewRetry(retry.Next, retry.Reason),
        StageOutcome<T>.Refused refused => Step<T>.NewRefuse(refused.Refusal),
        _ => throw new InvalidOperationException($"an outcome has no case {outcome}"),
    };
}
