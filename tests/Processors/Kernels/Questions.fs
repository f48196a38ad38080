namespace QuantFunctional.Processors

/// What is asked about ONNX Runtime's kernels: layers of every kind, small and with pairs that leave 16 bits.
[<RequireQualifiedAccess>]
module Questions =

    let private precise = [ "session.x64quantprecision", "1" ]
    let private int8Allowed = [ "session.qdqisint8allowed", "1" ]
    let private level number = [ "level", string<int> number ]

    let private conv form kernel plane inputs outputs group =
        Draw.conv form kernel plane inputs outputs group

    /// Convolutions by what is peculiar to them.
    let private shapes (form: Form) : (string * Layer list) list =
        let conv = conv form

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

    let private some (aspects: string list) (shapes: (string * Layer list) list) =
        shapes |> List.filter (fun (aspect, _) -> List.contains aspect aspects)

    /// Convolutions by the types of their inputs and weights, and under options.
    let private kinds (form: Form) : (string * Layer list) list =
        let conv = conv form

        [
            "per channel",
            [
                conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.perChannel
                conv [ 3; 3 ] [ 4; 4 ] 4 4 4 |> Draw.perChannel
            ]
            "level 0", [ conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.under (level 0) ]
            "level 1", [ conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.under (level 1) ]
            "level 2", [ conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.under (level 2) ]
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
                conv [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.under precise
                conv [ 1; 1 ] [ 3; 3 ] 6 4 1 |> Draw.under precise |> Draw.perChannel
                conv [ 3; 3 ] [ 4; 4 ] 4 8 4 |> Draw.under precise
            ]
        ]

    let private products (form: Form) : (string * Layer list) list =
        let product = Draw.matMul form

        [
            "constant weights",
            [
                product 3 7 5 |> Draw.zero 3
                product 3 8 16
                product 1 9 20 |> Draw.zero 128
                product 1 33 17
                product 2 131 2 |> Draw.zero 128
                product 3 7 5 |> Draw.perChannel
                product 3 7 5 |> Draw.stacked 2 false
            ]
            "a second input",
            [
                product 3 7 5 |> Draw.from WeightSource.Stored |> Draw.zero 3
                product 1 33 17 |> Draw.from WeightSource.Stored
                product 3 7 5 |> Draw.stacked 2 true |> Draw.from WeightSource.Stored
                product 1 130 2 |> Draw.from WeightSource.Stored
            ]
            "uint8 weights",
            [
                product 3 7 5 |> Draw.unsignedWeights 128 |> Draw.zero 3
                product 1 9 20 |> Draw.unsignedWeights 0
                product 3 7 5 |> Draw.unsignedWeights 31 |> Draw.from WeightSource.Stored
            ]
            "x64quantprecision", [ product 3 7 5 |> Draw.under precise; product 1 9 20 |> Draw.under precise ]
            "x64quantprecision, a second input",
            [ product 3 7 5 |> Draw.from WeightSource.Stored |> Draw.under precise ]
        ]

    let private gemms (form: Form) : (string * Layer list) list =
        let gemm = Draw.gemm form

        [
            "constant weights",
            [
                gemm false 3 7 5 |> Draw.zero 3
                gemm true 3 8 5
                gemm true 1 9 20 |> Draw.zero 128
                gemm false 1 33 17
                gemm true 3 8 5 |> Draw.perChannel
            ]
            "uint8 weights", [ gemm true 3 8 5 |> Draw.unsignedWeights 128 ]
            "x64quantprecision", [ gemm true 3 8 5 |> Draw.under precise ]
        ]

    let private signed (layers: Layer list) =
        let signed = layers |> List.map (Draw.signed >> Draw.zero -5)

        [
            "int8 inputs", signed
            "int8 inputs allowed", signed |> List.map (Draw.under int8Allowed)
        ]

    /// All layers, with names that are unique and numbers that depend on the name alone.
    let all: Layer list =
        let few =
            [
                "dense"
                "pads"
                "1x1"
                "depthwise"
                "depthwise with a multiplier"
                "one channel to one"
                "groups"
            ]

        let real = WeightSource.Real

        [
            yield! shapes Form.Operator
            yield! kinds Form.Operator
            yield! some few (shapes Form.ChannelsLast)
            yield! shapes Form.Pairs
            yield! kinds Form.Pairs
            yield!
                signed
                    [
                        conv Form.Pairs [ 3; 3 ] [ 3; 3 ] 3 4 1
                        conv Form.Pairs [ 3; 3 ] [ 4; 4 ] 4 8 4
                    ]
            for form in [ Form.Operator; Form.Pairs; Form.RealOutput; Form.Sums; Form.Dynamic ] do
                yield! products form
            for form in [ Form.Operator; Form.OperatorRealOutput; Form.Pairs; Form.RealOutput ] do
                yield! gemms form
            for form in [ Form.Pairs; Form.RealOutput ] do
                yield! signed [ Draw.matMul form 3 7 5; Draw.gemm form true 3 8 5 ]
                "a second input that is quantized", [ Draw.matMul form 3 7 5 |> Draw.from real ]

                "a second input that is quantized, int8 inputs",
                [ Draw.matMul form 3 7 5 |> Draw.signed |> Draw.from real ]

                "a second input that is quantized, int8 inputs allowed",
                [
                    Draw.matMul form 3 7 5 |> Draw.signed |> Draw.from real |> Draw.under int8Allowed
                ]
            for layer in
                [
                    Draw.matMul Form.Operator 3 7 5
                    Draw.gemm Form.Operator true 3 8 5
                    Draw.matMul Form.Sums 1 16 20
                ] do
                "int8 inputs", [ Draw.signed layer ]
            "int8 inputs, uint8 weights", [ Draw.matMul Form.Sums 3 7 5 |> Draw.signed |> Draw.unsignedWeights 128 ]
            for form in [ Form.Sums; Form.Dynamic ] do
                yield! some few (shapes form)
                "uint8 weights", [ conv form [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.unsignedWeights 128 |> Draw.zero 9 ]
            "int8 inputs", [ conv Form.Sums [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.signed ]
            "int8 inputs, uint8 weights",
            [
                conv Form.Sums [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.signed |> Draw.unsignedWeights 128
                conv Form.Sums [ 3; 3 ] [ 4; 4 ] 4 4 4 |> Draw.signed |> Draw.unsignedWeights 128
            ]
            "mlas.disable_kleidiai",
            [
                Draw.matMul Form.Dynamic 3 7 5 |> Draw.under [ "mlas.disable_kleidiai", "1" ]
            ]
        ]
        |> List.collect (fun (aspect, layers) -> layers |> List.map (fun layer -> $"{layer.Kernel}, {aspect}", layer))
        |> List.groupBy fst
        |> List.collect (fun (kind, layers) ->
            layers
            |> List.mapi (fun index (_, layer) ->
                Draw.filled
                    { layer with
                        Name = $"{kind}, {index + 1}"
                    }))
