module QuantFunctional.Tests.ChannelOrderTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp

let private view (outputs: int) (inputs: int) (positions: int) (weights: float32 array) =
    match WeightView.create WeightLayout.OIHW 1 [ outputs; inputs; positions; 1 ] (ReadOnlyMemory weights) with
    | Ok view -> view
    | Error refusal -> failwith $"{refusal}"

let private random (seed: int) (outputs: int) (inputs: int) (positions: int) =
    let random = Random seed
    Array.init (outputs * inputs * positions) (fun _ -> random.NextSingle() * 2.0f - 1.0f)

let private reader perChannel (length: int) (view: WeightView) =
    {
        Weights = view
        Inputs =
            ImmutableArray.CreateRange(
                Seq.init (view.Shape.Inputs / length) (fun channel ->
                    ImmutableArray.CreateRange(Seq.init length (fun i -> channel * length + i)))
            )
        PerChannel = perChannel
    }

/// The weights with their inputs in another order.
let private ordered (order: int seq) (length: int) (view: WeightView) =
    let order = Seq.toArray order
    let shape = view.Shape

    let data =
        Array.init shape.Count (fun at ->
            let position = at % shape.Positions
            let input = at / shape.Positions % shape.Inputs
            let channel = at / shape.Positions / shape.Inputs

            view.Data.Span[shape.Index(channel, order[input / length] * length + input % length, position)])

    WeightView.ofShape shape (ReadOnlyMemory data)
    |> Result.defaultWith (fun refusal -> failwith $"{refusal}")

/// What pairs cost, from the sizes that the planner finds.
let private cost (perChannel: bool) (view: WeightView) =
    match WeightMagnitudes.withPairs view with
    | Error refusal -> failwith $"{refusal}"
    | Ok sizes ->
        let asked =
            Seq.map2 (fun weight pair -> max weight (pair * 127.0 / 128.0)) sizes.Largest sizes.Pairs

        let of' (values: float seq) =
            if perChannel then
                values |> Seq.sumBy (fun value -> value * value)
            else
                Seq.max values ** 2.0

        of' asked / of' sizes.Largest

let rec private permutations (items: int list) =
    match items with
    | [] -> [ [] ]
    | _ ->
        items
        |> List.collect (fun first ->
            items |> List.except [ first ] |> permutations |> List.map (fun rest -> first :: rest))

[<Property(MaxTest = 30)>]
let ``the order that is found costs what the planner's sizes say, and never more than none``
    (seed: int)
    (perChannel: bool)
    =
    let random' = Random seed

    let outputs, channels, length, positions =
        random'.Next(1, 9), random'.Next(2, 12), random'.Next(1, 4), random'.Next(1, 10)

    let view =
        view outputs (channels * length) positions (random seed outputs (channels * length) positions)

    let found = ChannelOrder.search [ reader perChannel length view ]
    Assert.Equal<int seq>(seq { 0 .. channels - 1 }, Seq.sort found.Order)
    Assert.Equal(cost perChannel view, found.Before, 1e-6)
    Assert.Equal(cost perChannel (ordered found.Order length view), found.After, 1e-6)
    Assert.True(found.After <= found.Before)

[<Fact>]
let ``of few channels nearly all that any order gains is gained, and never more`` () =
    let gains =
        [
            for seed in 0..29 do
                let views =
                    [ view 3 6 1 (random seed 3 6 1); view 4 6 2 (random (seed + 100) 4 6 2) ]

                let found = ChannelOrder.search (views |> List.map (reader true 1))

                let best =
                    permutations [ 0..5 ]
                    |> Seq.map (fun order -> views |> Seq.averageBy (ordered order 1 >> cost true))
                    |> Seq.min

                Assert.True(found.After >= best - 1e-6)
                found.Before - found.After, found.Before - best
        ]

    Assert.True(List.sumBy fst gains >= 0.97 * List.sumBy snd gains)

[<Fact>]
let ``weights whose pairs ask for nothing stay where they are`` () =
    let view = view 2 8 1 (Array.init 16 (fun i -> if i % 2 = 0 then 1.0f else -0.5f))
    let found = ChannelOrder.search [ reader true 1 view ]
    Assert.Equal<int seq>(seq { 0..7 }, found.Order)
    Assert.Equal(1.0, found.Before)

[<Fact>]
let ``heavy inputs of one sign find light partners`` () =
    let weights = [| 1.0f; 1.0f; 1.0f; 1.0f; 0.0f; 0.0f; 0.0f; 0.0f |]
    let found = ChannelOrder.search [ reader true 1 (view 1 8 1 weights) ]
    Assert.Equal(1.0, found.After)

    for place in 0..2..7 do
        Assert.NotEqual(weights[found.Order[place]], weights[found.Order[place + 1]])
