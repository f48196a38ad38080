namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional

/// Generators of joins: steps without relation, and the ones on which arithmetics disagree most.
[<RequireQualifiedAccess>]
module internal JoinGen =

    // fractions of any 24 bits
    let private step (low: int) (high: int) =
        gen {
            let! exponent = Gen.choose (low, high)
            let! fraction = Gen.choose (1 <<< 23, (1 <<< 24) - 1)
            return MathF.ScaleB(float32 fraction, exponent - 23)
        }

    let private powers =
        gen {
            let! unit = step -10 -2

            let! first, second, output =
                Gen.zip3 (Gen.choose (-3, 3)) (Gen.choose (-3, 3)) (Gen.choose (-1, 5))

            let times exponent = MathF.ScaleB(unit, exponent)
            return times first, times second, times output
        }

    let private halves = step -10 -2 |> Gen.map (fun unit -> unit, unit, 2.0f * unit)

    let private unrelated = Gen.zip3 (step -10 -2) (step -10 -2) (step -9 0)

    // ratios beyond what multipliers of 22 bits hold, and steps at the ends of float32
    let private extreme =
        Gen.oneof
            [
                Gen.zip3 (step -30 10) (step -30 10) (step -30 10)
                Gen.zip3 (step -126 126) (step -126 126) (step -126 126)
            ]

    let private steps = Gen.frequency [ 4, unrelated; 3, powers; 2, halves; 2, extreme ]

    let private zero =
        Gen.frequency
            [
                1, Gen.constant 0uy
                1, Gen.constant 255uy
                3, Gen.map byte (Gen.choose (0, 255))
            ]

    let private runs =
        Gen.frequency
            [
                4, Gen.constant [ JoinRuns.Alike ]
                1, Gen.constant [ JoinRuns.FirstRepeats ]
                1, Gen.constant [ JoinRuns.SecondRepeats ]
                1, Gen.constant [ JoinRuns.Alike; JoinRuns.FirstRepeats; JoinRuns.SecondRepeats ]
            ]

    let case: Gen<JoinCase> =
        gen {
            let! isSum = Gen.frequency [ 2, Gen.constant true; 1, Gen.constant false ]
            let! first, second, output = steps
            let! zeros = Gen.zip3 zero zero zero
            let! isSigned = Gen.frequency [ 3, Gen.constant false; 1, Gen.constant true ]
            let! runs = runs

            return
                {
                    Operator = if isSum then JoinOperator.Add else JoinOperator.Mul
                    First = first
                    Second = second
                    // a product of small steps is small
                    Output = if isSum then output else output * MathF.Max(first, second)
                    ZeroPoints = zeros
                    IsSigned = isSigned
                    Runs = runs
                }
        }
        |> Gen.filter (fun case ->
            [ case.First; case.Second; case.Output ]
            |> List.forall (fun step -> Single.IsNormal step && Single.IsNormal(step * 1.01f)))
