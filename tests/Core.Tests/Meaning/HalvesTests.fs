module QuantFunctional.Tests.HalvesTests

open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P08 the sums of both halves of an int15 layer are those of the definition`` (case: LayerCase) (seed: uint64) =
    match LayerCase.plan case with
    | Ok planned when planned.Integers.Path = ActivationPath.Int15 ->
        let q = planned.Integers
        let values = (VectorInputs.create q q.Shape.KernelSizes 1 seed |> Seq.last).Values
        let sizes = [ 1; q.Shape.Inputs * q.Shape.Groups; yield! q.Shape.KernelSizes ]

        let input =
            {
                Sizes = ImmutableArray.CreateRange sizes
                Values = values
            }

        match VectorInputs.halves q input with
        | Error fault -> false |> Prop.label fault.Message
        | Ok struct (high, low) ->
            [ 0 .. q.Shape.Channels - 1 ]
            |> List.forall (fun channel ->
                let length = q.Shape.WeightsPerChannel
                let first = channel / (q.Shape.Channels / q.Shape.Groups) * length

                let halves, _ =
                    Tiny.products q channel (Array.init length (fun i -> values[first + i]))

                halves[0] = bigint high[channel] && halves[1] = bigint low[channel])
            |> Prop.label "halves"
            |> Prop.classify true "int15"
    | _ -> true |> Prop.classify true "other paths, or refused"
