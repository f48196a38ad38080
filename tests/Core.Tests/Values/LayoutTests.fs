module QuantFunctional.Tests.LayoutTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(MaxTest = 500)>]
let ``a view finds every weight by channel, input and position, and copies none`` () =
    Prop.forAll (Arb.fromGen LayoutProperties.sizes) (fun s ->
        let number (channel, input, position) =
            float32 ((channel * s.Inputs + input) * s.Positions + position)

        LayoutProperties.fitting s
        |> List.map (fun layout ->
            let view = Layouts.view layout s number
            let shape = view.Shape

            let found =
                [
                    for channel in 0 .. s.Channels - 1 do
                        for input in 0 .. s.Inputs - 1 do
                            for position in 0 .. s.Positions - 1 ->
                                view.Data.Span[shape.Index(channel, input, position)]
                ]

            (found = List.map float32 [ 0 .. s.Channels * s.Length - 1 ]
             && (shape.Channels, shape.Inputs, shape.Positions) = (s.Channels, s.Inputs, s.Positions)
             && (shape.WeightsPerChannel, shape.Count) = (s.Length, s.Channels * s.Length)
             && List.ofSeq shape.KernelSizes = s.Kernel
             && shape.Groups = s.Groups
             && shape.Layout = layout)
            |> Prop.label $"{layout} {List.ofSeq shape.Sizes}")
        |> List.reduce (.&.))

[<Property(MaxTest = 500)>]
let ``runs go through memory once, and know the channel of each weight`` () =
    Prop.forAll (Arb.fromGen LayoutProperties.sizes) (fun s ->
        LayoutProperties.fitting s
        |> List.map (fun layout ->
            let sizes, places = Layouts.arrange layout s

            let shape =
                WeightShape.create layout (Layouts.groups layout s) sizes |> LayerCase.need

            let channels =
                [
                    for run in 0 .. shape.Count / shape.RunLength - 1 do
                        for i in 0 .. shape.RunLength - 1 do
                            shape.RunChannel run + (if shape.IsInterleaved then i else 0)
                ]

            let expected = [ for channel, _, _ in places -> channel ]

            (channels = expected && shape.Count % shape.RunLength = 0)
            |> Prop.label $"{layout} {sizes}: {channels}, not {expected}")
        |> List.reduce (.&.))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 400)>]
let ``P13 a layer gives the same integers in every layout`` (case: LayerCase) = LayoutProperties.sameIntegers case

[<Fact>]
let ``a product's weights are read by row or by column`` () =
    let data = ReadOnlyMemory [| 1.0f; 2.0f; 3.0f; 4.0f; 5.0f; 6.0f |]

    let channel layout shape =
        WeightView.create layout 1 shape data
        |> Result.map (fun view ->
            view.Channels, [ for i in 0 .. view.Shape.Inputs - 1 -> data.Span[view.Shape.Index(1, i, 0)] ])

    Assert.Equal(Ok(3, [ 2.0f; 5.0f ]), channel WeightLayout.IO [ 2; 3 ])
    Assert.Equal(Ok(2, [ 4.0f; 5.0f; 6.0f ]), channel WeightLayout.OI [ 2; 3 ])

[<Fact>]
let ``a shape that is not the layout's, or not the number of values, is refused with its sizes`` () =
    let refused layout shape count =
        match WeightView.create layout 1 shape (ReadOnlyMemory(Array.zeroCreate<float32> count)) with
        | Error(Refusal.WeightShape(_, found, _)) -> List.ofSeq found = shape
        | Error(Refusal.WeightCount(found, values)) -> List.ofSeq found = shape && values = count
        | _ -> false

    for layout, shape, count in
        [
            WeightLayout.OI, [ 6 ], 6
            WeightLayout.OI, [ 2; 3 ], 5
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

[<Fact>]
let ``groups that do not fit the layout are refused with the reason`` () =
    let remedy layout groups sizes =
        match WeightShape.create layout groups sizes with
        | Error(Refusal.WeightShape(_, _, remedy)) -> remedy
        | other -> failwith $"{layout} {groups} {sizes}: {other}"

    for layout, groups, sizes, reason in
        [
            WeightLayout.OIHW, 0, [ 4; 2; 3 ], "at least one group"
            WeightLayout.OIHW, -2, [ 4; 2; 3 ], "at least one group"
            WeightLayout.OIHW, 3, [ 4; 2; 3 ], "4 output channels"
            WeightLayout.OHWI, 3, [ 4; 3; 2 ], "4 output channels"
            WeightLayout.HWIO, 3, [ 3; 2; 4 ], "4 output channels"
            WeightLayout.IOHW, 3, [ 4; 2; 3 ], "4 input channels"
            WeightLayout.HWOI, 3, [ 3; 2; 4 ], "4 input channels"
            WeightLayout.HWIGO, 3, [ 3; 2; 2; 4 ], "2 groups"
            WeightLayout.HWGO, 3, [ 3; 2; 4 ], "2 groups"
            WeightLayout.IHWO, 2, [ 2; 3; 4 ], "one entry"
            WeightLayout.IHWO, 3, [ 1; 3; 4 ], "4 output channels"
            WeightLayout.IO, 2, [ 4; 4 ], "one group"
            WeightLayout.OI, 2, [ 4; 4 ], "one group"
        ] do
        Assert.Contains(reason, remedy layout groups sizes)

    // the axis may be repeated in words
    Assert.True(Result.isOk (WeightShape.create WeightLayout.HWIGO 2 [ 3; 2; 2; 4 ]))
