namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Functions of one stored number, as tables over every number there is: Q(f(DQ(q))).
[<RequireQualifiedAccess>]
module OnnxRuntimeTables =

    /// A real function as a table whose first entry is that of the smallest integer.
    let ofFunction (apply: float32 -> float32) (input: Storage) (output: Storage) : ImmutableArray<int> =
        ImmutableArray.CreateRange(
            seq {
                for stored in input.Lowest .. input.Highest ->
                    Storage.quantize output (apply (Storage.dequantize input stored))
            }
        )

    let private horner (coefficients: float32 list) (x: float32) =
        List.fold (fun sum coefficient -> MathF.FusedMultiplyAdd(sum, x, coefficient)) 0.0f coefficients

    // the rational approximation of the logistic function in float32 that ONNX Runtime and Eigen use
    let private numerator =
        [
            4.37031012579801e-11f
            1.15627324459942e-07f
            6.08574864600143e-05f
            8.51377133304701e-03f
            2.48287947061529e-01f
        ]

    let private denominator =
        [
            6.10247389755681e-13f
            5.76102136993427e-09f
            6.29106785017040e-06f
            1.70198817374094e-03f
            1.16817656904453e-01f
            9.93151921023180e-01f
        ]

    let private logistic (x: float32) =
        let x = Math.Clamp(x, -18.0f, 18.0f)
        let square = x * x

        let value = x * horner numerator square / horner denominator square + 0.5f
        Math.Clamp(value, 0.0f, 1.0f)

    /// 1/(1 + e^−x).
    let sigmoid (input: Storage) (output: Storage) : ImmutableArray<int> = ofFunction logistic input output

    /// x, or slope·x below 0.
    let leakyRelu (slope: float32) (input: Storage) (output: Storage) : ImmutableArray<int> =
        ofFunction (fun x -> if x >= 0.0f then x else slope * x) input output

    /// The same real number in another storage.
    let requantize (input: Storage) (output: Storage) : ImmutableArray<int> = ofFunction id input output
