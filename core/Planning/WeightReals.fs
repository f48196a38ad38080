namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// The real numbers that integers and their steps stand for.
[<RequireQualifiedAccess>]
module internal WeightReals =

    /// What an integer stands for in a file's float32.
    let inline ofInteger (integer: sbyte) (zero: sbyte) (step: float) : float32 =
        // half a step above the largest float32 is not infinity
        float32 (Math.Clamp(float (integer - zero) * step, -Numbers.largestSingle, Numbers.largestSingle))

    let private spread (request: WeightOnlyRequest) (slots: int) (values: ImmutableArray<'T>) : 'T array =
        match request.Granularity with
        | WeightGranularity.PerTensor -> Array.replicate slots values[0]
        | _ -> Seq.toArray values

    /// The step of each group of each channel, also where all share one.
    let stepsOf (request: WeightOnlyRequest) (slots: int) (steps: ImmutableArray<float>) : float array =
        spread request slots steps

    /// The zero point of each, also where the type has none.
    let zerosOf (request: WeightOnlyRequest) (slots: int) (zeroPoints: ImmutableArray<sbyte>) : sbyte array =
        if zeroPoints.IsEmpty then
            Array.zeroCreate slots
        else
            spread request slots zeroPoints
