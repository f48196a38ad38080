namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp

/// Anything that the doors let through: the whole of float32 and double, and what is not finite.
[<RequireQualifiedAccess>]
module WildGen =

    /// Layers of any numbers at all; most are refused.
    let case: Gen<LayerCase> =
        gen {
            let! case = LayerGen.case

            let any =
                Gen.oneof
                    [
                        NumberGen.magnitude -149 127
                        Gen.elements [ 0.0; float Single.MaxValue; float Single.Epsilon; nan; infinity ]
                    ]

            let! sign = Gen.elements [ -1.0; 1.0 ]
            let! odd = any
            let! spoilt = Gen.elements [ 0; 1; 2; 3 ]
            let! step = NumberGen.magnitude -126 126
            let! low = NumberGen.magnitude -1074 1023
            let! high = NumberGen.magnitude -1074 1023
            let! lowSign = Gen.elements [ -1.0; 0.0; 1.0 ]
            let odd = float32 (sign * odd)

            return
                { case with
                    Weights =
                        if spoilt = 1 then
                            Array.map (Array.mapi (fun i w -> if i % 3 = 0 then odd else w)) case.Weights
                        else
                            case.Weights
                    Bias =
                        if spoilt = 2 then
                            Array.map (fun _ -> odd) case.Weights
                        else
                            case.Bias
                    InputStep = step
                    Low = if spoilt = 3 then min (lowSign * low) high else case.Low
                    High = if spoilt = 3 then high else case.High
                }
        }
