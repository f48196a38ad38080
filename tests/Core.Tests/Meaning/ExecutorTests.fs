module QuantFunctional.Tests.ExecutorTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P08 the executor gives what arbitrary precision gives, and stays in the certified intervals``
    (case: LayerCase)
    (seed: int)
    =
    SoundnessProperties.executor case seed

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P07 zero points in, everywhere and beyond the border, give the zero point`` (case: LayerCase) (seed: int) =
    BiasProperties.zerosBeyondBorder case seed

[<Fact>]
let ``an input of another shape, outside its type, or that overflows is refused by its place`` () =
    let weights = [| [| 1.0f; -0.5f |]; [| 0.25f; 2.0f |] |]

    let q =
        (PlainCase.plan (PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 weights)).Integers

    let good = BiasProperties.input q (fun _ -> 127)

    match Executor.run q { good with Sizes = good.Sizes.Add 1 } with
    | Error(ExecutionFault.InputShape _) -> ()
    | other -> failwith $"{other}"

    match
        Executor.run
            q
            { good with
                Values = good.Values.SetItem(1, 128)
            }
    with
    | Error(ExecutionFault.InputOutOfRange(1, 128)) -> ()
    | other -> failwith $"{other}"

    let far =
        { q with
            Bias = q.Bias.SetItem(1, int64 Int32.MaxValue)
        }

    match Executor.run far good with
    | Error(ExecutionFault.Overflow(Intermediate.ProductAndBias, 32, 1, 1, _)) -> ()
    | other -> failwith $"{other}"

let private errorOf (result: Result<'T, ExecutionFault>) : ExecutionFault =
    match result with
    | Error fault -> fault
    | Ok _ -> failwith "nothing overflows"

/// Layers of one weight whose factor is so large that an integer behind the accumulator overflows: the target, multiplier,
/// shift, and what leaves which integer.
let private overflowing =
    let wide =
        { BackendProfile.reference with
            Accumulator =
                { BackendProfile.reference.Accumulator with
                    Bits = 40
                }
        }

    [
        BackendProfile.tflite, ScalarType.Int8, 1 <<< 30, 1, Intermediate.ShiftedLeft, 32
        BackendProfile.tflite, ScalarType.Int16, 1 <<< 30, 24, Intermediate.Requantized, 32
        BackendProfile.tfliteSingleRounding, ScalarType.Int8, 1 <<< 30, 1, Intermediate.Requantized, 32
        wide, ScalarType.Int8, Int32.MaxValue, 40, Intermediate.Multiplied, 64
    ]

[<Fact>]
let ``P08 an overflow behind the accumulator is found, and both executors reproduce its witness`` () =
    for profile, input, multiplier, shift, intermediate, bits in overflowing do
        let case =
            { PlainCase.ofWeights (BackendProfile.tryFind profile.Name).Value Precision.TfliteInt8 [| [| 1.0f |] |] with
                InputType = input
            }

        let planned = PlainCase.plan case

        for sign in [ 1L; -1L ] do
            let bias = sign * (1L <<< if profile.Accumulator.Bits > 32 then 37 else 27)

            let layer =
                { planned.Integers with
                    Profile = profile
                    Multiplier = Channelwise.perTensor multiplier
                    Shift = Channelwise.perTensor shift
                    Bias = ImmutableArray.Create bias
                }

            let overflows =
                (Certificate.ofLayer (Channelwise.perTensor 0.0) layer).Violations
                |> Seq.choose (fun violation ->
                    match violation with
                    | Violation.Overflow(bound, witness) -> Some(bound, witness)
                    | _ -> None)

            let bound, witness =
                overflows |> Seq.find (fun (bound, _) -> bound.Intermediate = intermediate)

            let tensor =
                {
                    IntegerTensor.Sizes = ImmutableArray.Create(1, 1)
                    Values = witness
                }

            let value = if sign > 0L then bound.Largest else bound.Smallest

            let expected = ExecutionFault.Overflow(intermediate, bits, 0, 0, value)

            Assert.Equal(expected, Executor.run layer tensor |> errorOf)
            Assert.Equal(expected, FastExecutor.run 1 (FastExecutor.prepare layer) tensor |> errorOf)
