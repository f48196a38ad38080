namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// Rounds what some channels have for one block of inputs.
[<RequireQualifiedAccess>]
module internal BlockRounding =

    /// Changes the integers, which are the nearest ones. `place` is where the weight of a channel's input lies, `step` its step, and
    /// `zero` what the integer 0 falls short of it: Z·step.
    let round
        (feedback: ErrorFeedback)
        (limits: IntegerLimits)
        (channels: int seq)
        (place: int -> int -> int)
        (step: int -> int -> float)
        (zero: int -> int -> float)
        (weights: ReadOnlyMemory<float32>)
        (integers: sbyte array)
        : MomentErrors =
        let inputs = feedback.Moments.Inputs
        let reals = Array.zeroCreate<float> inputs
        let steps = Array.zeroCreate<float> inputs
        let rounded = Array.zeroCreate<sbyte> inputs
        let mutable errors = { Nearest = 0.0; Chosen = 0.0 }

        for channel in channels do
            for input in 0 .. inputs - 1 do
                let index = place channel input
                reals[input] <- float weights.Span[index] + zero channel input
                rounded[input] <- integers[index]
                steps[input] <- step channel input

            let told =
                ErrorFeedback.roundWithin feedback limits (ReadOnlySpan steps) (ReadOnlySpan reals) (Span rounded)

            errors <-
                {
                    Nearest = errors.Nearest + told.Nearest
                    Chosen = errors.Chosen + told.Chosen
                }

            for input in 0 .. inputs - 1 do
                integers[place channel input] <- rounded[input]

        errors
