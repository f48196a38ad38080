namespace QuantFunctional.Testing

open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Backtracking ends, and can be replayed.
[<RequireQualifiedAccess>]
module internal SearchProperties =

    /// The retries of a trace, each with the parameters before and after.
    let retries (trace: Trace) =
        Seq.pairwise trace.Attempts
        |> Seq.choose (fun (before, after) ->
            match before.Outcome with
            | AttemptOutcome.Retried reason -> Some(before.Parameters, reason, after.Parameters)
            | _ -> None)
        |> Seq.toList

    let private isRaised (struct (a, b, c, d)) (struct (e, f, g, h)) = compare (e, f, g, h) (a, b, c, d) > 0

    /// Planning ends within the bound and every retry raises the measure.
    let ends (case: LayerCase) =
        let trace = LayerCase.trace case
        let count = if case.Request.PerChannel then case.Channels else 1
        let measure = BacktrackingParameters.measure case.Precision
        let steps = retries trace

        (trace.Attempts.Length <= 2 + 9 * count)
        .&. (steps.Length = trace.Retries)
        .&. (steps |> List.forall (fun (before, _, after) -> isRaised (measure before) (measure after)))
        |> Prop.collect $"{trace.Retries} retries"

    /// A plan replayed from its last parameters is the same at the first attempt.
    let replay (case: LayerCase) =
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            match Pipeline.planFrom planned.Trace.Last.Parameters (LayerCase.request case) (LayerCase.layer case) with
            | Error refused -> false |> Prop.label refused.Message
            | Ok again ->
                (again.Trace.Retries = 0 |> Prop.label "first attempt")
                .&. ({ again with Trace = planned.Trace } = planned |> Prop.label "identical")
                .&. (again.Trace.Last = planned.Trace.Last |> Prop.label "the same warnings")
                |> Prop.classify (planned.Trace.Retries > 0) "retried"

    /// The same layer gives the same plan and the same trace.
    let repeats (case: LayerCase) =
        LayerCase.plan case = LayerCase.plan case
