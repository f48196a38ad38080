namespace QuantFunctional.Testing

open System
open System.Numerics
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// No intermediate leaves its interval.
[<RequireQualifiedAccess>]
module internal SoundnessProperties =

    /// Inputs that take each product to its ends, and to the ends of what is computed on the way.
    let private worstInputs (q: IntegerLayer) (weights: int array) =
        let struct (low, high) = LayerCase.inputRange q.Input.Type

        let meet above below =
            Array.map (fun w -> if w > 0 then above else below) weights

        [
            low, high
            high, low
            low, q.Input.ZeroPoint
            high, q.Input.ZeroPoint
            -2, 0
            254, low
            0, 254
            0, high
        ]
        |> List.filter (fun (a, b) -> max a b <= high)
        |> List.map (fun (a, b) -> meet a b)

    /// Nothing on the way from input to output leaves the accumulator; the seed chooses an input beside the worst.
    let onTheWay (case: LayerCase) (seed: int) =
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let q = planned.Integers
            let accumulator = Interval.ofBits q.Accumulator.Bits

            let fits (x: BigInteger) =
                x >= BigInteger accumulator.Low && x <= BigInteger accumulator.High

            let struct (low, high) = LayerCase.inputRange q.Input.Type
            let random = System.Random seed
            let any = Array.init case.Length (fun _ -> random.Next(low, high + 1))

            [ 0 .. case.Channels - 1 ]
            |> List.map (fun channel ->
                let bias = BigInteger q.Bias[channel]

                any :: worstInputs q (Tiny.weights q channel)
                |> List.forall (fun inputs ->
                    let onTheWay, product = Tiny.products q channel inputs
                    let sum = product + bias
                    List.forall fits (bias :: product :: sum :: Tiny.beforeMultiply q channel sum :: onTheWay))
                |> Prop.label $"channel {channel}")
            |> List.reduce (.&.)
            |> Prop.classify (planned.Trace.Retries > 0) "retried"
            |> Prop.classify (Seq.contains IntrinsicShift.Hi q.IntrinsicShift.Values) "the larger intrinsic shift"
            |> Prop.collect q.Path.Name

    /// The inputs that an output channel reads, by input channel, then kernel position.
    let private read (q: IntegerLayer) (tensor: IntegerTensor) (channel: int) =
        let first =
            channel / (q.Shape.Channels / q.Shape.Groups) * q.Shape.WeightsPerChannel

        Array.init q.Shape.WeightsPerChannel (fun i -> tensor.Values[first + i])

    let private anyInput (seed: int) (q: IntegerLayer) =
        let random = Random seed
        let whole = q.InputRange
        let kind = random.Next 4

        BiasProperties.input q (fun _ ->
            match kind with
            | 0 -> int whole.Low
            | 1 -> int whole.High
            | _ -> random.Next(int whole.Low, int whole.High + 1))

    /// The executor gives what arbitrary precision gives, and stays in the certified intervals.
    let executor (case: LayerCase) (seed: int) =
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let q = planned.Integers
            let tensor = anyInput seed q

            match Executor.run q tensor with
            | Error fault -> false |> Prop.label fault.Message
            | Ok run ->
                [ 0 .. q.Shape.Channels - 1 ]
                |> List.map (fun channel ->
                    let inputs = read q tensor channel
                    let bounds = Bounds.ofChannel q channel

                    let found =
                        [
                            for known in run.Intermediates -> known.Intermediate, bigint known.Values[channel]
                        ]

                    let isInside (intermediate, value) =
                        let bound = bounds |> List.find (fun bound -> bound.Intermediate = intermediate)
                        bound.Smallest <= value && value <= bound.Largest

                    (found = Tiny.intermediates q channel inputs |> Prop.label $"{found}")
                    .&. (bigint run.Output.Values[channel] = Tiny.output q channel inputs |> Prop.label "output")
                    .&. (List.forall isInside found |> Prop.label "inside its interval")
                    |> Prop.label $"channel {channel}")
                |> List.reduce (.&.)
                |> Prop.classify (q.Path = ActivationPath.Int15) "int15"
                |> Prop.classify (q.Path = ActivationPath.Int16) "int16"
