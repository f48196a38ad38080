namespace QuantFunctional.FSharp

open System
open System.Collections.Generic
open QuantFunctional

/// The output steps of joins: each as small as it can be while all arithmetics of the target make the same integers of
/// every pair of stored inputs (docs/arithmetic.md, between the layers).
[<RequireQualifiedAccess>]
module JoinSteps =

    /// The largest raise that is tried, in 2^−15 of the step.
    let most = 64

    /// The smallest raise k, in 2^−15 of the step, at which every join agrees.
    /// `joinsAt` gives the joins that an encoding's step belongs to, with that step raised by k: it is the output's of all of
    /// them, and may be the inputs' of some. Refused with a pair where even the largest raise leaves one.
    let smallest (arithmetics: OperatorArithmetic seq) (joinsAt: Func<int, IEnumerable<Join>>) : Result<int, Refusal> =
        let arithmetics = List.ofSeq arithmetics

        let rec from raise =
            let disagreement =
                joinsAt.Invoke raise |> Seq.tryPick (JoinAgreement.tryFind arithmetics >> ValueOption.toOption)

            match disagreement with
            | None -> Ok raise
            | Some found when raise >= most -> Error(Refusal.JoinDisagrees(found.Message, most))
            | Some _ -> from (raise + 1)

        if arithmetics.Length < 2 then Ok 0 else from 0
