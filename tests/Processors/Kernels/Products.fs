namespace QuantFunctional.Processors

/// Products of matrices of every kind, by what they ask.
[<RequireQualifiedAccess>]
module Products =

    /// Products by MatMul and its like.
    let products (form: Form) : (string * Layer list) list =
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
            "x64quantprecision",
            [
                product 3 7 5 |> Draw.under SessionOption.precise
                product 1 9 20 |> Draw.under SessionOption.precise
            ]
            "x64quantprecision, a second input",
            [
                product 3 7 5 |> Draw.from WeightSource.Stored |> Draw.under SessionOption.precise
            ]
        ]

    /// Products by Gemm and its like.
    let gemms (form: Form) : (string * Layer list) list =
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
            "x64quantprecision", [ gemm true 3 8 5 |> Draw.under SessionOption.precise ]
        ]
