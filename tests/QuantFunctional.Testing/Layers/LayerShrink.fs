namespace QuantFunctional.Testing

open System

/// Makes a failing case simpler.
[<RequireQualifiedAccess>]
module LayerShrink =

    /// Smaller cases of the same kind, the largest steps first.
    let smaller (case: LayerCase) : LayerCase seq =
        let channels, length = case.Channels, case.Length

        let powerOfTwo x =
            if x = 0.0 then
                0.0
            else
                Math.CopySign(Math.ScaleB(1.0, Math.ILogB x), x)

        let bare =
            [
                { case with
                    Correction = Correction.Off
                }
                LayerCase.flat case
                { case with Bias = [||] }
                { case with InputZeroPoint = 0 }
                { case with
                    InputStep = powerOfTwo case.InputStep
                }
                { case with Low = min 0.0 case.High }
                { case with
                    Low = powerOfTwo case.Low
                    High = powerOfTwo case.High
                }
                { case with
                    Weights = Array.map (Array.map (float >> powerOfTwo >> float32)) case.Weights
                }
                { case with Relu = false }
            ]

        seq {
            if channels > 1 && case.Groups = 1 then
                yield LayerCase.keep [| 0 .. channels / 2 - 1 |] case
                yield LayerCase.keep [| channels / 2 .. channels - 1 |] case

                for left in 0 .. channels - 1 do
                    yield LayerCase.keep (Array.filter ((<>) left) [| 0 .. channels - 1 |]) case

            if length > 1 && case.Positions = 1 && case.Groups = 1 then
                yield LayerCase.reshape channels (length / 2) 1 1 case

                yield
                    { case with
                        Weights = Array.map Array.rev case.Weights
                    }
                    |> LayerCase.reshape channels (length / 2) 1 1

            yield! bare |> Seq.filter (fun smaller -> smaller.Low <= smaller.High && smaller <> case)

            for request in RequestShrink.smaller case.Request do
                yield { case with Request = request }
        }
