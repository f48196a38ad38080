namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Weights by output channel in their logical order, and what is asked for.
[<NoComparison>]
type WeightOnlyCase =
    {
        Request: WeightOnlyRequest
        Positions: int
        /// One array of the same length for each output channel; the length is a multiple of Positions.
        Weights: float32 array array
        Bias: float32 array
    }

/// What the tests of weight-only plans share.
module WeightOnlyCases =
    let need (source: Result<'T, Refusal>) =
        match source with
        | Ok value -> value
        | Error refusal -> invalidOp refusal.Message

    /// The smallest int4 request.
    let asked granularity =
        {
            Type = WeightType.Int4
            Granularity = granularity
            Steps = StepFormat.Float64
            Rule = StepRule.Largest
        }

    let private magnitude =
        Gen.map2
            (fun exponent part -> MathF.ScaleB(1.0f + float32 part / 1e6f, exponent))
            (Gen.frequency [ 6, Gen.choose (-8, 3); 1, Gen.choose (-149, 126) ])
            (Gen.choose (0, 999_999))

    let private channel length =
        gen {
            let! size = magnitude
            let unit = Gen.choose (-1_000_000, 1_000_000) |> Gen.map (fun n -> float32 n / 1e6f)
            let small = Gen.choose (-9, 9) |> Gen.map (fun n -> float32 n * Single.Epsilon)

            return!
                Gen.frequency
                    [
                        6, Gen.map (fun u -> u * size) unit
                        1, Gen.constant 0.0f
                        1, small
                        1, Gen.elements [ size; -size ]
                        1, Gen.elements [ Single.MaxValue; -Single.MaxValue; Single.Epsilon; size ]
                    ]
                |> Gen.arrayOfLength length
        }

    let cases =
        gen {
            let! positions = Gen.elements [ 1; 1; 4; 9 ]
            let! inputs = Gen.choose (1, 12)
            let! channels = Gen.choose (1, 5)
            let! size = Gen.choose (1, 40)

            let! granularity =
                Gen.elements
                    [
                        WeightGranularity.PerTensor
                        WeightGranularity.PerChannel
                        WeightGranularity.PerGroup size
                    ]

            let! scalar = Gen.elements [ WeightType.Int8; WeightType.Int4; WeightType.UInt4 ]
            let! rule = Gen.elements [ StepRule.Largest; StepRule.Searched ]

            let! steps =
                Gen.elements [ StepFormat.Float32; StepFormat.Float32; StepFormat.Float64 ]

            let! weights = Gen.arrayOfLength channels (channel (inputs * positions))
            let! bias = Gen.oneof [ Gen.constant [||]; channel channels ]

            return
                {
                    Request =
                        {
                            Type = scalar
                            Granularity = granularity
                            Steps = steps
                            Rule = rule
                        }
                    Positions = positions
                    Weights = weights
                    Bias = bias
                }
        }

    let shapeOf layout (c: WeightOnlyCase) =
        let channels, inputs = c.Weights.Length, c.Weights[0].Length / c.Positions

        let sizes =
            [
                for axis in WeightShape.axes layout do
                    match axis with
                    | 'O' -> channels
                    | 'I' -> inputs
                    | 'G' -> 1
                    | _ -> c.Positions
            ]

        WeightShape.create layout 1 sizes |> need

    let arranged (shape: WeightShape) (c: WeightOnlyCase) =
        let data = Array.zeroCreate<float32> shape.Count

        for channel in 0 .. shape.Channels - 1 do
            for weight in 0 .. shape.WeightsPerChannel - 1 do
                data[shape.Index(channel, weight / c.Positions, weight % c.Positions)] <- c.Weights[channel][weight]

        data

    let planAs layout (c: WeightOnlyCase) =
        let shape = shapeOf layout c
        let view = WeightView.ofShape shape (ReadOnlyMemory(arranged shape c)) |> need
        WeightOnly.plan c.Request view (ReadOnlyMemory c.Bias) |> need

    let plan = planAs WeightLayout.OIHW

    /// The integers by channel in their logical order, each less its zero point.
    let integers (c: WeightOnlyCase) (layer: WeightOnlyLayer) =
        Array.init c.Weights.Length (fun channel ->
            Array.init c.Weights[0].Length (fun weight ->
                int layer.Weights[layer.Shape.Index(channel, weight / c.Positions, weight % c.Positions)]
                - int (layer.ZeroPointOf(channel, weight))))

    /// The weights that share each step, with their integers.
    let sharing (c: WeightOnlyCase) (layer: WeightOnlyLayer) =
        let pairs = Array.map2 Array.zip c.Weights (integers c layer)

        match c.Request.Granularity with
        | WeightGranularity.PerTensor -> [| Array.concat pairs |]
        | WeightGranularity.PerChannel -> pairs
        | WeightGranularity.PerGroup size -> Array.collect (Array.chunkBySize size) pairs

    let most (c: WeightOnlyCase) =
        if c.Request.Type = WeightType.Int4 then 7 else 127

type WeightOnlyArbitraries =
    static member WeightOnlyCase() : Arbitrary<WeightOnlyCase> = Arb.fromGen WeightOnlyCases.cases

/// What has no zero points, with the smallest step that clips nothing.
type LargestStepArbitraries =
    static member WeightOnlyCase() : Arbitrary<WeightOnlyCase> =
        WeightOnlyCases.cases
        |> Gen.map (fun c ->
            { c with
                Request =
                    { c.Request with
                        Rule = StepRule.Largest
                        Type =
                            if c.Request.Type.HasZeroPoints then
                                WeightType.Int4
                            else
                                c.Request.Type
                    }
            })
        |> Arb.fromGen
