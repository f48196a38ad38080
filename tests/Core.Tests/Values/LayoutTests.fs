module QuantFunctional.Tests.LayoutTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// Each layout by the names of its axes; K and L are kernel axes, G and O together the output channel.
let private layouts =
    [
        WeightLayout.OIHW, "OIKL"
        WeightLayout.OHWI, "OKLI"
        WeightLayout.HWIO, "KLIO"
        WeightLayout.HWIGO, "KLIGO"
    ]

type Sizes =
    {
        Groups: int
        Outputs: int
        Inputs: int
        Height: int
        Width: int
    }

    member s.Channels = s.Groups * s.Outputs
    member s.Count = s.Channels * s.Inputs * s.Height * s.Width

let private sizes =
    gen {
        let few = Gen.choose (1, 4)
        let! groups = Gen.elements [ 1; 2 ]
        let! outputs = few
        let! inputs = few
        let! height = few
        let! width = few

        return
            {
                Groups = groups
                Outputs = outputs
                Inputs = inputs
                Height = height
                Width = width
            }
    }

/// The same logical weights in an order of axes, and the shape that goes with it.
let private arrange (axes: string) (s: Sizes) (weight: int -> int -> int -> int -> float32) =
    let size axis =
        match axis with
        | 'G' -> s.Groups
        | 'O' -> if axes.Contains 'G' then s.Outputs else s.Channels
        | 'I' -> s.Inputs
        | 'K' -> s.Height
        | _ -> s.Width

    let shape = [ for axis in axes -> size axis ]

    let rec places axes known =
        match axes with
        | [] -> [ Map.ofList known ]
        | axis :: rest ->
            [
                for i in 0 .. size axis - 1 do
                    yield! places rest ((axis, i) :: known)
            ]

    let at (place: Map<char, int>) =
        let group = place |> Map.tryFind 'G' |> Option.defaultValue 0
        weight (group * size 'O' + place['O']) place['I'] place['K'] place['L']

    shape, places (List.ofSeq axes) [] |> List.map at |> List.toArray

let private view (layout, axes) s weight =
    let shape, data = arrange axes s weight

    match WeightView.create layout 1 shape (ReadOnlyMemory data) with
    | Ok view -> view
    | Error refusal -> failwith refusal.Message

[<Property>]
let ``a view finds every weight by channel, input and position, and copies none`` () =
    Prop.forAll (Arb.fromGen sizes) (fun s ->
        let weight channel input row column =
            float32 (((channel * 10 + input) * 10 + row) * 10 + column)

        layouts
        |> List.forall (fun layout ->
            let view = view layout s weight

            view.Channels = s.Channels
            && view.Shape.WeightsPerChannel * view.Channels = s.Count
            && Seq.forall
                (fun (channel, input, row, column) ->
                    let index = view.Shape.Index(channel, input, row * s.Width + column)
                    view.Data.Span[index] = weight channel input row column)
                (seq {
                    for channel in 0 .. s.Channels - 1 do
                        for input in 0 .. s.Inputs - 1 do
                            for row in 0 .. s.Height - 1 do
                                for column in 0 .. s.Width - 1 do
                                    channel, input, row, column
                })))

/// What a plan holds, with the weights in logical order.
let private integers (case: LayerCase) (view: WeightView) =
    let layer = LayerCase.layer case

    Layer.create view layer.Bias layer.Input layer.Output layer.Activation
    |> Result.mapError _.Message
    |> Result.bind (fun layer -> Pipeline.plan case.Request layer |> Result.mapError _.Message)
    |> Result.map (fun planned ->
        let logical =
            [
                for channel in 0 .. view.Channels - 1 do
                    for input in 0 .. view.Shape.Inputs - 1 do
                        for position in 0 .. view.Shape.Positions - 1 do
                            planned.Integers.Weights[view.Shape.Index(channel, input, position)]
            ]

        let q = planned.Integers
        logical, List.ofSeq q.Bias, (q.Multiplier, q.Shift), (q.Output, q.OutputOffset), planned.Trace)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P13 a layer gives the same integers in every layout`` (case: LayerCase) =
    Prop.forAll (Arb.fromGen sizes) (fun s ->
        let weights = Array.concat case.Weights

        let case =
            { case with
                Bias =
                    if case.Bias.Length = 0 then
                        [||]
                    else
                        Array.init s.Channels (fun i -> case.Bias[i % case.Bias.Length])
            }

        // the logical weights are those of the case, again and again
        let weight channel input row column =
            weights[(((channel * s.Inputs + input) * s.Height + row) * s.Width + column) % weights.Length]

        let bare =
            { case with
                Weights = Array.init s.Channels (fun _ -> [| 0.0f |])
            }

        match layouts |> List.map (fun layout -> integers bare (view layout s weight)) |> List.distinct with
        | [ one ] -> true |> Prop.classify (Result.isError one) "refused"
        | several -> false |> Prop.label $"{several}")

[<Fact>]
let ``a product's weights are read by row or by column`` () =
    let data = ReadOnlyMemory [| 1.0f; 2.0f; 3.0f; 4.0f; 5.0f; 6.0f |]

    let channel layout shape =
        WeightView.create layout 1 shape data
        |> Result.map (fun view -> view.Channels, [ for i in 0 .. view.Shape.Inputs - 1 -> data.Span[view.Shape.Index(1, i, 0)] ])

    Assert.Equal(Ok(3, [ 2.0f; 5.0f ]), channel WeightLayout.IO [ 2; 3 ])
    Assert.Equal(Ok(2, [ 4.0f; 5.0f; 6.0f ]), channel WeightLayout.OI [ 2; 3 ])

[<Fact>]
let ``a shape that is not the layout's, or not the number of values, is refused with its sizes`` () =
    let refused layout shape count =
        match WeightView.create layout 1 shape (ReadOnlyMemory(Array.zeroCreate<float32> count)) with
        | Error(Refusal.WeightShape(_, found, values, _)) -> List.ofSeq found = shape && values = count
        | _ -> false

    for layout, shape, count in
        [
            WeightLayout.OI, [ 6 ], 6
            WeightLayout.IO, [ 1; 2; 3 ], 6
            WeightLayout.OIHW, [ 2; 3 ], 6
            WeightLayout.OHWI, [ 1; 1; 1; 1; 2; 3 ], 6
            WeightLayout.HWIGO, [ 1; 2; 3 ], 6
            WeightLayout.OIHW, [ 2; 3; 1; 2 ], 6
            WeightLayout.OIHW, [ 2; 0; 1; 2 ], 0
            WeightLayout.OIHW, [ -2; -3; 1; 1 ], 6
            WeightLayout.HWIO, [], 0
            // these sizes multiply to 2^64, which int64 would take for 0
            WeightLayout.OIHW, [ 65536; 65536; 65536; 65536 ], 0
            WeightLayout.OI, [ 0x7FFFFFFF; 0x7FFFFFFF ], 1
        ] do
        Assert.True(refused layout shape count, $"{layout} {shape}")
