module QuantFunctional.Tests.BoundsTests

open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// Both ends of an intermediate over every input, from the definitions: no more, and no less.
let private ends (q: IntegerLayer) (channel: int) (intermediate: Intermediate) : (bigint * bigint) option =
    let weights = Tiny.weights q channel
    let bias = bigint q.Bias[channel]

    /// The inputs that make a sum as large or as small as it can be, one value for weights above 0 and one for the others.
    let at above below =
        weights |> Array.map (fun weight -> if weight > 0 then above else below)

    let low, high = int q.InputRange.Low, int q.InputRange.High

    let worst above below =
        Tiny.products q channel (at above below)

    let smallest, largest = worst low high, worst high low
    let sums = snd smallest + bias, snd largest + bias

    let step =
        let of' sum =
            Tiny.steps q channel sum |> List.tryFind (fun (known, _) -> known = intermediate) |> Option.map snd

        Option.map2 (fun low high -> fst low, snd high) (of' (fst sums)) (of' (snd sums))

    match intermediate with
    | Intermediate.Product -> Some(snd smallest, snd largest)
    | Intermediate.ProductAndBias -> Some sums
    | Intermediate.HighHalf -> Some(List.head (fst smallest), List.head (fst largest))
    | Intermediate.LowHalf -> Some((fst (worst 0 254))[1], (fst (worst 254 0))[1])
    | Intermediate.ShiftedLeft
    | Intermediate.Multiplied
    | Intermediate.Requantized -> step

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P08 the interval of every intermediate is reached at both ends`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers

        seq { 0 .. q.Shape.Channels - 1 }
        |> Seq.collect (Bounds.ofChannel q)
        |> Seq.map (fun bound ->
            let expected = ends q bound.Channel bound.Intermediate

            Some(bound.Smallest, bound.Largest) = expected
            |> Prop.label $"{bound.Intermediate.Name}: {bound.Smallest} .. {bound.Largest}, not {expected}")
        |> Seq.fold (.&.) (Prop.ofTestable true)
