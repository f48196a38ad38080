namespace QuantFunctional.Processors

/// What is asked about ONNX Runtime's kernels: layers of every kind, small and with pairs that leave 16 bits.
[<RequireQualifiedAccess>]
module Questions =

    let private signed (layers: Layer list) =
        let signed = layers |> List.map (Draw.signed >> Draw.zero -5)

        [
            "int8 inputs", signed
            "int8 inputs allowed", signed |> List.map (Draw.under SessionOption.int8Allowed)
        ]

    /// All layers, with names that are unique and numbers that depend on the name alone.
    let all: Layer list =
        [
            yield! Convolutions.shapes Form.Operator
            yield! Convolutions.kinds Form.Operator
            yield! Convolutions.few Form.ChannelsLast
            yield! Convolutions.shapes Form.Pairs
            yield! Convolutions.kinds Form.Pairs
            yield!
                signed
                    [
                        Draw.conv Form.Pairs [ 3; 3 ] [ 3; 3 ] 3 4 1
                        Draw.conv Form.Pairs [ 3; 3 ] [ 4; 4 ] 4 8 4
                    ]
            for form in [ Form.Operator; Form.Pairs; Form.RealOutput; Form.Sums; Form.Dynamic ] do
                yield! Products.products form
            for form in [ Form.Operator; Form.OperatorRealOutput; Form.Pairs; Form.RealOutput ] do
                yield! Products.gemms form
            for form in [ Form.Pairs; Form.RealOutput ] do
                yield! signed [ Draw.matMul form 3 7 5; Draw.gemm form true 3 8 5 ]
                let product = Draw.matMul form 3 7 5 |> Draw.from WeightSource.Real
                "a second input that is quantized", [ product ]
                "a second input that is quantized, allowed", [ product |> Draw.under SessionOption.int8Allowed ]
                "a second input that is quantized, int8 inputs", [ product |> Draw.signed ]

                "a second input that is quantized, int8 inputs allowed",
                [ product |> Draw.signed |> Draw.under SessionOption.int8Allowed ]
            "a second input that is quantized", [ Draw.matMul Form.Operator 3 7 5 |> Draw.from WeightSource.Real ]
            for layer in
                [
                    Draw.matMul Form.Operator 3 7 5
                    Draw.gemm Form.Operator true 3 8 5
                    Draw.matMul Form.Sums 1 16 20
                ] do
                "int8 inputs", [ Draw.signed layer ]
            "int8 inputs, uint8 weights", [ Draw.matMul Form.Sums 3 7 5 |> Draw.signed |> Draw.unsignedWeights 128 ]
            for form in [ Form.Sums; Form.Dynamic ] do
                yield! Convolutions.few form

                "uint8 weights",
                [
                    Draw.conv form [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.unsignedWeights 128 |> Draw.zero 9
                ]
            "int8 inputs", [ Draw.conv Form.Sums [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.signed ]
            "int8 inputs, uint8 weights",
            [
                Draw.conv Form.Sums [ 3; 3 ] [ 4; 4 ] 3 4 1 |> Draw.signed |> Draw.unsignedWeights 128
                Draw.conv Form.Sums [ 3; 3 ] [ 4; 4 ] 4 4 4 |> Draw.signed |> Draw.unsignedWeights 128
            ]
            "mlas.disable_kleidiai", [ Draw.matMul Form.Dynamic 3 7 5 |> Draw.under SessionOption.withoutKleidiAi ]
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
