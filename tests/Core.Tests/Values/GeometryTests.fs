module QuantFunctional.Tests.GeometryTests

open System
open System.Collections.Immutable
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private ints (values: int list) = ImmutableArray.CreateRange values

let private geometry strides pads dilations =
    {
        Strides = ints strides
        Pads = ints pads
        Dilations = ints dilations
        IsTransposed = false
    }

[<Fact>]
let ``the plain geometry fits kernels of any rank`` () =
    for axes in 0..3 do
        let plain = Geometry.plain axes
        Assert.Equal(Ok plain, Geometry.fit axes plain)
        Assert.Equal<int>(Seq.replicate axes 1, plain.Strides)
        Assert.Equal<int>(Seq.replicate (2 * axes) 0, plain.Pads)
        Assert.Equal<int>(Seq.replicate axes 1, plain.Dilations)
        Assert.False plain.IsTransposed

[<Fact>]
let ``strides, pads and dilations of any size fit, forward and transposed`` () =
    let wide = geometry [ 3; 1 ] [ 1; 0; 2; 5 ] [ 1; 4 ]
    Assert.Equal(Ok wide, Geometry.fit 2 wide)
    let transposed = { wide with IsTransposed = true }
    Assert.Equal(Ok transposed, Geometry.fit 2 transposed)

[<Fact>]
let ``what does not fit the kernel is refused with its values and the reason`` () =
    for axes, found, what, values, reason in
        [
            2, geometry [ 1 ] [ 0; 0; 0; 0 ] [ 1; 1 ], "strides", [ 1 ], "2 axes has 2 strides"
            2, geometry [ 1; 1 ] [ 0; 0 ] [ 1; 1 ], "pads", [ 0; 0 ], "2 axes has 4 pads"
            2, geometry [ 1; 1 ] [ 0; 0; 0; 0 ] [ 1; 1; 1 ], "dilations", [ 1; 1; 1 ], "2 axes has 2 dilations"
            2, geometry [ 1; 0 ] [ 0; 0; 0; 0 ] [ 1; 1 ], "strides", [ 1; 0 ], "at least 1"
            2, geometry [ 1; 1 ] [ 0; 0; 0; -1 ] [ 1; 1 ], "pads", [ 0; 0; 0; -1 ], "at least 0"
            1, geometry [ 1 ] [ 0; 0 ] [ 0 ], "dilations", [ 0 ], "at least 1"
            0, geometry [ 1 ] [] [], "strides", [ 1 ], "0 axes has 0 strides"
            0,
            { Geometry.plain 0 with
                IsTransposed = true
            },
            "transposed",
            [],
            "layout"
        ] do
        match Geometry.fit axes found with
        | Error(Refusal.GeometryNotFit(field, given, remedy)) ->
            Assert.Equal((what, values), (field, List.ofSeq given))
            Assert.Contains(reason, remedy)
        | other -> failwith $"{what}: {other}"

[<Fact>]
let ``a layer takes the geometry of its kernel and no other`` () =
    let weights =
        WeightView.create WeightLayout.OIHW 1 [ 1; 1; 2; 3 ] (ReadOnlyMemory(Array.zeroCreate 6))
        |> LayerCase.need

    let create geometry =
        Layer.create
            weights
            geometry
            ReadOnlyMemory.Empty
            (Encoding.ofStep 1.0 0 ScalarType.Int8 |> LayerCase.need)
            (ObservedDistribution.ofRange 0.0 1.0 |> LayerCase.need)
            Activation.Linear

    let strided = geometry [ 2; 2 ] [ 1; 1; 1; 1 ] [ 1; 1 ]

    Assert.Equal(strided, (create strided |> LayerCase.need).Geometry)
    Assert.True(Result.isError (create (Geometry.plain 1)))

[<Fact>]
let ``planning does not depend on the geometry, and carries it on`` () =
    let case =
        LayerCase.reshape
            2
            4
            4
            1
            (PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 1.0f; -0.5f; 0.25f; 3.0f |] |])

    let view = (LayerCase.layer case).Weights
    let strided = geometry [ 3 ] [ 2; 1 ] [ 2 ]
    let transposed = { strided with IsTransposed = true }

    let plans =
        [ Geometry.plain 1; strided; transposed ]
        |> List.map (fun geometry ->
            match Pipeline.plan case.Request (LayerCase.layerOf view geometry case) with
            | Ok planned ->
                Assert.Equal(geometry, planned.Integers.Geometry)

                { planned.Integers with
                    Geometry = strided
                }
            | Error refused -> failwith refused.Message)

    Assert.Single(List.distinct plans) |> ignore
