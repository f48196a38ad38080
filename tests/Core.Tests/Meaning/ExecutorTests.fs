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
    | Error(ExecutionFault.Overflow("product and bias", 1, 1, _)) -> ()
    | other -> failwith $"{other}"
