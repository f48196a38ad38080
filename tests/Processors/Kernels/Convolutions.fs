namespace QuantFunctional.Processors

/// Options of a session that change how products are added.
[<RequireQualifiedAccess>]
module SessionOption =

    let precise = [ "session.x64quantprecision", "1" ]
    let int8Allowed = [ "session.qdqisint8allowed", "1" ]
    let withoutKleidiAi = [ "mlas.disable_kleidiai", "1" ]
    let level (number: int) = [ "level", string number ]

/// Convolutions of every kind, by what they ask.
[<RequireQualifiedAccess>]
module Convolutions =

    /// Convolutions by what is peculiar to them.
    let shapes (form: Form) : (string * Layer list) list =
        let conv = Draw.conv form

        [
            "dense",
            [
                conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.zero 7
                conv [ 3; 3 ] [ 4; 4 ] 4 16 1 |> Draw.zero 128
                conv [ 2; 3 ] [ 4; 5 ] 2 17 1
            ]
            "pads",
            [
                conv [ 3; 3 ] [ 3; 3 ] 3 4 1 |> Draw.zero 200 |> Draw.geometry [ 1; 1 ] [ 1; 1 ] [ 1; 1; 1; 1 ]
                conv [ 3; 3 ] [ 3; 3 ] 2 4 1 |> Draw.zero 255 |> Draw.geometry [ 2; 1 ] [ 1; 1 ] [ 2; 1; 0; 2 ]
                conv [ 3; 3 ] [ 3; 3 ] 2 4 1 |> Draw.geometry [ 1; 1 ] [ 2; 2 ] [ 2; 2; 2; 2 ]
            ]
            "1x1",
            [
                conv [ 1; 1 ] [ 3; 3 ] 5 4 1 |> Draw.zero 9
                conv [ 1; 1 ] [ 2; 3 ] 16 16 1
                conv [ 1; 1 ] [ 5; 5 ] 7 4 1 |> Draw.geometry [ 2; 2 ] [ 1; 1 ] [ 0; 0; 0; 0 ]
            ]
            "depthwise",
            [
                conv [ 3; 3 ] [ 4; 4 ] 16 16 16 |> Draw.zero 3
                conv [ 3; 3 ] [ 4; 4 ] 5 5 5 |> Draw.zero 130 |> Draw.geometry [ 1; 1 ] [ 1; 1 ] [ 1; 1; 1; 1 ]
                conv [ 5; 5 ] [ 6; 6 ] 3 3 3
                conv [ 3 ] [ 9 ] 4 4 4
                conv [ 2; 2; 2 ] [ 3; 3; 3 ] 4 4 4
            ]
            "depthwise with a multiplier",
            [
                conv [ 3; 3 ] [ 4; 4 ] 4 8 4 |> Draw.zero 3
                conv [ 3; 3 ] [ 4; 4 ] 3 9 3
                conv [ 3 ] [ 9 ] 4 8 4
            ]
            "one channel to one",
            [
                conv [ 3; 3 ] [ 5; 5 ] 1 1 1 |> Draw.zero 5
                conv [ 3; 3 ] [ 4; 4 ] 1 1 1
                |> Draw.samples 2
                |> Draw.zero 90
                |> Draw.geometry [ 1; 1 ] [ 1; 1 ] [ 1; 1; 1; 1 ]
                conv [ 4 ] [ 9 ] 1 1 1
                conv [ 2; 3; 2 ] [ 4; 4; 3 ] 1 1 1
            ]
            "one channel to several", [ conv [ 3; 3 ] [ 5; 5 ] 1 4 1; conv [ 4 ] [ 9 ] 1 3 1 |> Draw.zero 77 ]
            "groups",
            [
                conv [ 3; 3 ] [ 4; 4 ] 6 4 2 |> Draw.zero 4
                conv [ 2; 2 ] [ 3; 3 ] 16 16 8
                conv [ 1; 1 ] [ 3; 3 ] 9 6 3
                conv [ 3 ] [ 7 ] 12 4 4 |> Draw.zero 60 |> Draw.geometry [ 1 ] [ 2 ] [ 2; 2 ]
            ]
            "groups to one channel", [ conv [ 3; 3 ] [ 4; 4 ] 6 3 3; conv [ 2; 2 ] [ 4; 4 ] 9 3 3 ]
            "1-D", [ conv [ 3 ] [ 8 ] 3 4 1 |> Draw.zero 11; conv [ 4 ] [ 8 ] 2 5 1 ]
            "3-D",
            [
                conv [ 2; 2; 3 ] [ 3; 3; 4 ] 3 3 1 |> Draw.zero 6
                conv [ 3; 1; 1 ] [ 4; 2; 2 ] 5 2 1
            ]
            "two samples", [ conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.samples 2 ]
        ]

    /// Those that tell forms from one another.
    let few (form: Form) : (string * Layer list) list =
        let aspects =
            [
                "dense"
                "pads"
                "1x1"
                "depthwise"
                "depthwise with a multiplier"
                "one channel to one"
                "groups"
            ]

        shapes form |> List.filter (fun (aspect, _) -> List.contains aspect aspects)

    /// Convolutions by the types of their inputs and weights, and under options.
    let kinds (form: Form) : (string * Layer list) list =
        let conv = Draw.conv form

        [
            "per channel",
            [
                conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.perChannel
                conv [ 3; 3 ] [ 4; 4 ] 4 4 4 |> Draw.perChannel
            ]
            "level 0", [ conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.under (SessionOption.level 0) ]
            "level 1", [ conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.under (SessionOption.level 1) ]
            "level 2", [ conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.under (SessionOption.level 2) ]
            "uint8 weights",
            [
                conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.unsignedWeights 0
                conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.unsignedWeights 128 |> Draw.zero 9
                conv [ 1; 1 ] [ 3; 3 ] 6 4 1 |> Draw.unsignedWeights 255
                conv [ 3; 3 ] [ 4; 4 ] 4 4 4 |> Draw.unsignedWeights 128 |> Draw.zero 9
                conv [ 3; 3 ] [ 4; 4 ] 4 8 4 |> Draw.unsignedWeights 30 |> Draw.zero 9
            ]
            "int8 weights with a zero point",
            [
                conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.weightZero 5 |> Draw.zero 9
                conv [ 3; 3 ] [ 4; 4 ] 4 4 4 |> Draw.weightZero -20
            ]
            "int8 inputs",
            [
                conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.signed
                conv [ 3; 3 ] [ 3; 3 ] 3 4 1
                |> Draw.signed
                |> Draw.zero 60
                |> Draw.geometry [ 1; 1 ] [ 1; 1 ] [ 1; 1; 1; 1 ]
                conv [ 1; 1 ] [ 3; 3 ] 6 4 1 |> Draw.signed |> Draw.zero -7
            ]
            "int8 inputs, depthwise", [ conv [ 3; 3 ] [ 4; 4 ] 4 4 4 |> Draw.signed |> Draw.zero -7 ]
            "int8 inputs, depthwise with a multiplier", [ conv [ 3; 3 ] [ 4; 4 ] 4 8 4 |> Draw.signed ]
            "x64quantprecision",
            [
                conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.under SessionOption.precise
                conv [ 1; 1 ] [ 3; 3 ] 6 4 1 |> Draw.under SessionOption.precise |> Draw.perChannel
                conv [ 3; 3 ] [ 4; 4 ] 4 8 4 |> Draw.under SessionOption.precise
            ]
        ]
