namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Joins give the same integers in every arithmetic.
[<RequireQualifiedAccess>]
module internal JoinProperties =

    /// On how many pairs of stored inputs arithmetics disagree, all pairs tried.
    let disagreements (arithmetics: OperatorArithmetic seq) (join: Join) : int =
        let kernels =
            [|
                for arithmetic in arithmetics do
                    yield! JoinKernels.ofJoin arithmetic join
            |]

        let mutable count = 0

        for first in join.FirstValues do
            for second in join.SecondValues do
                let expected = kernels[0] first second

                if kernels |> Array.exists (fun kernel -> kernel first second <> expected) then
                    count <- count + 1

        count

    /// The planned raise makes all arithmetics agree on all pairs, and no smaller one does.
    let smallest (profile: BackendProfile) (case: JoinCase) =
        let arithmetics = profile.BetweenLayers

        let agrees raise =
            disagreements arithmetics (JoinCase.join raise case) = 0

        match JoinSteps.smallest arithmetics (Func<_, _>(fun raise -> Seq.singleton (JoinCase.join raise case))) with
        | Error _ ->
            let isRight = not (agrees JoinSteps.most) && not (agrees 0)
            isRight |> Prop.classify true "refused"
        | Ok raise ->
            (agrees raise |> Prop.label $"raised by {raise} they disagree")
            .&. (seq { 0 .. raise - 1 } |> Seq.forall (agrees >> not) |> Prop.label $"less than {raise} is enough")
            |> Prop.collect $"raised by {raise}"
