namespace QuantFunctional.FSharp

open System
open System.Numerics
open QuantFunctional

/// Where arithmetics can disagree on a join: only where the real result lies so near to a tie between two integers that what
/// each of them rounds on the way can carry it across.
[<RequireQualifiedAccess>]
module JoinTies =

    // half of float32's distance between 1 and the number above
    let private rounding = Math.ScaleB(1.0, -24)
    let private beyondSaturation = 1024.0

    let private isNormal (step: float) =
        step >= Numbers.smallestNormalSingle && step * 65536.0 < Math.ScaleB(1.0, 126)

    let private has8Bits (storage: Storage) =
        abs storage.Lowest <= 255 && abs storage.Highest <= 255 && abs storage.ZeroPoint <= 255

    /// How far from the real number of output steps, zero point included, a result can lie before it is rounded to an
    /// integer, in any arithmetic of ONNX Runtime or the standard. Infinite where float32 does not hold what comes about
    /// with full precision, or where half a step can be lost.
    let margin (join: Join) : float =
        let a, b, c = float join.First.Step, float join.Second.Step, float join.Output.Step

        if
            not (List.forall isNormal [ a; b; c ])
            || not (List.forall has8Bits [ join.First; join.Second; join.Output ])
        then
            Double.PositiveInfinity
        else
            match join.Operator with
            | JoinOperator.Add ->
                // stored numbers and zero points are below 256, so no term exceeds 256 times its ratio. Float sums round a
                // ratio and six sums and products of these terms and the zero point; ARM64 rounds ratios to 2^−22 of the
                // larger, half of that for each operand
                let most = rounding * 256.0 * (4.0 + 11.0 * (a / c + b / c))
                if most < 0.5 then most else Double.PositiveInfinity
            | JoinOperator.Mul ->
                // four roundings of the product, one of the sum with the zero point; beyond 1024 steps all saturate
                if isNormal (a * b) && isNormal (a * b / c) then
                    rounding * (5.0 * beyondSaturation + 1024.0)
                else
                    Double.PositiveInfinity

    /// Shows every pair of stored inputs whose result can differ, in order, until told to stop by false.
    let scan (join: Join) (visit: int -> int -> bool) : unit =
        let margin = margin join
        let width = Vector<float>.Count
        let seconds = join.SecondValues
        let c = float join.Output.Step

        // what an operand contributes; lanes without a number are no tie
        let terms =
            let ratio =
                match join.Operator with
                | JoinOperator.Add -> float join.Second.Step / c
                | JoinOperator.Mul -> float join.First.Step * float join.Second.Step / c

            Array.init ((seconds.Length + width - 1) / width * width) (fun i ->
                if i < seconds.Length then
                    ratio * float (seconds[i] - join.Second.ZeroPoint)
                else
                    nan)

        let half, near, far =
            Vector<float> 0.5, Vector<float> margin, Vector<float> beyondSaturation

        let isAdd = join.Operator = JoinOperator.Add
        let everything = Double.IsInfinity margin
        let mutable goesOn = true
        let mutable row = 0

        while goesOn && row < join.FirstValues.Length do
            let first = join.FirstValues[row]
            let steps = float (first - join.First.ZeroPoint)
            let own = Vector<float>(if isAdd then float join.First.Step / c * steps else steps)
            let mutable at = 0

            while goesOn && at < terms.Length do
                let term = Vector<float>(terms, at)
                let real = if isAdd then own + term else own * term

                let ties =
                    Vector.BitwiseAnd(
                        Vector.LessThanOrEqual(Vector.Abs(real - Vector.Floor real - half), near),
                        Vector.LessThan(Vector.Abs real, far)
                    )

                if everything || not (Vector.EqualsAll(ties, Vector<int64>.Zero)) then
                    for lane in 0 .. width - 1 do
                        let column = at + lane

                        if goesOn && column < seconds.Length && (everything || ties[lane] <> 0L) then
                            goesOn <- visit first seconds[column]

                at <- at + width

            row <- row + 1
