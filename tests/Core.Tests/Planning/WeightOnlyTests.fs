module QuantFunctional.Tests.WeightOnlyTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.WeightOnlyCases

[<Property(Arbitrary = [| typeof<LargestStepArbitraries> |], MaxTest = 500)>]
let ``P02 every integer is the nearest to its weight, and the largest weight of a step takes the largest integer``
    (c: WeightOnlyCase)
    =
    let layer = plan c
    let sets = sharing c layer
    Assert.Equal(sets.Length, layer.Steps.Length)

    for step, set in Seq.zip layer.Steps sets do
        let largest = set |> Array.map (fst >> abs >> float) |> Array.max

        let smallest =
            if c.Request.Steps = StepFormat.Float32 then
                2.0 ** -126.0 * float (most c)
            else
                0.0

        if largest = 0.0 || largest < smallest * 0.999 then
            Assert.Equal(1.0, step)
            Assert.All(set, fun (_, integer) -> Assert.Equal(0, integer))
        elif largest > smallest * 1.001 then
            Assert.Equal(most c, set |> Array.map (snd >> abs) |> Array.max)

            for weight, integer in set do
                let error = abs (float weight - float integer * step)
                // a float32 step may be a rounding error below largest/m
                Assert.True(error <= step * (0.5 + 1e-5), $"{weight:R} as {integer} with the step {step:R}")

    true |> Prop.classify (Array.exists (Array.forall (snd >> (=) 0)) sets) "vanished"

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 300)>]
let ``steps are what the files hold`` (c: WeightOnlyCase) =
    let layer = plan c

    if c.Request.Steps = StepFormat.Float32 then
        Assert.All(layer.Steps, fun step -> Assert.Equal(float (float32 step), step))
        Assert.All(layer.Steps, fun step -> Assert.True(abs (float32 step) >= 1.17549435e-38f))

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 500)>]
let ``the bias counts in the channel's steps, and in real units where groups have their own`` (c: WeightOnlyCase) =
    let layer = plan c
    Assert.Equal(c.Bias.Length, layer.Bias.Length)

    for channel in 0 .. c.Bias.Length - 1 do
        let real = Exact.ofFloat (float c.Bias[channel])
        let added = Exact.ofFloat layer.Bias[channel]

        match c.Request.Granularity with
        | WeightGranularity.PerGroup _ -> Assert.Equal(real, added)
        | _ ->
            let step = layer.StepOf(channel, 0)
            let vanished = integers c layer |> Array.item channel |> Array.forall ((=) 0)

            if vanished && step = 1.0 then
                Assert.Equal(real, added)

            // (0 + b')·step is b, to the rounding of b'
            Assert.True(Exact.near -51 (added * Exact.ofFloat step) real)

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 300)>]
let ``an integer layer with real inputs is the real layer with fake-quantized weights``
    (c: WeightOnlyCase)
    (seed: int)
    =
    let layer = plan c
    let random = Random seed

    let inputs =
        Array.init c.Weights[0].Length (fun _ -> Exact.ofInt (random.Next(-9, 10)))

    let sum = Array.fold (+) (Exact.ofInt 0)

    for channel in 0 .. c.Weights.Length - 1 do
        let bias =
            if c.Bias.Length = 0 then
                Exact.ofInt 0
            else
                Exact.ofFloat layer.Bias[channel]

        let terms =
            integers c layer |> Array.item channel |> Array.map2 (fun a q -> a * Exact.ofInt q) inputs

        let step weight =
            Exact.ofFloat (layer.StepOf(channel, weight))

        let output =
            match c.Request.Granularity with
            | WeightGranularity.PerGroup size ->
                let groups = terms |> Array.chunkBySize size
                sum (groups |> Array.mapi (fun group values -> sum values * step (group * size))) + bias
            | _ -> (sum terms + bias) * step 0

        let fake = Array.mapi (fun weight term -> term * step weight) terms

        let real =
            if c.Bias.Length = 0 then
                Exact.ofInt 0
            else
                Exact.ofFloat (float c.Bias[channel])
        // only b' is rounded
        Assert.True(abs (output - (sum fake + real)) <= abs real * Exact.pow2 -51)

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 300)>]
let ``P13 the same layer in another layout has the same integers, steps and bias`` (c: WeightOnlyCase) =
    let expected = plan c

    for layout in
        [
            WeightLayout.OHWI
            WeightLayout.HWIO
            WeightLayout.HWIGO
            WeightLayout.IOHW
            WeightLayout.HWOI
        ] do
        let layer = planAs layout c
        Assert.Equal<int array array>(integers c expected, integers c layer)
        Assert.Equal<float seq>(expected.Steps, layer.Steps)
        Assert.Equal<float seq>(expected.Bias, layer.Bias)

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 200)>]
let ``P14 one group for a channel is one step per channel, and one channel is the tensor`` (c: WeightOnlyCase) =
    let asked granularity weights =
        plan
            { c with
                Weights = weights
                Bias = [||]
                Request =
                    { c.Request with
                        Granularity = granularity
                    }
            }

    let length = c.Weights[0].Length
    let channelwise = asked WeightGranularity.PerChannel c.Weights

    for size in [ length; length + 1; Int32.MaxValue ] do
        let grouped = asked (WeightGranularity.PerGroup size) c.Weights
        Assert.Equal<sbyte seq>(channelwise.Weights, grouped.Weights)
        Assert.Equal<float seq>(channelwise.Steps, grouped.Steps)

    let first = [| c.Weights[0] |]
    let alone = asked WeightGranularity.PerTensor first
    Assert.Equal<sbyte seq>((asked WeightGranularity.PerChannel first).Weights, alone.Weights)
    Assert.Equal<float seq>((asked WeightGranularity.PerChannel first).Steps, alone.Steps)

[<Fact>]
let ``groups run along the inputs and then the kernel, and the last one may be short`` () =
    let weights =
        [|
            [| 7.0f; -3.5f; 1.0f; 14.0f; 0.5f |]
            [| 0.0f; 0.0f; 0.0f; 21.0f; -21.0f |]
        |]

    let layer =
        plan
            {
                Request =
                    {
                        Type = WeightType.Int4
                        Granularity = WeightGranularity.PerGroup 3
                        Steps = StepFormat.Float32
                        Rule = StepRule.Largest
                    }
                Positions = 1
                Weights = weights
                Bias = [| 5.0f; -2.0f |]
            }

    Assert.Equal<float list>([ 1.0; 2.0; 1.0; 3.0 ], List.ofSeq layer.Steps)
    Assert.Equal<sbyte list>([ 7y; -4y; 1y; 7y; 0y; 0y; 0y; 0y; 7y; -7y ], List.ofSeq layer.Weights)
    Assert.Equal<float list>([ 5.0; -2.0 ], List.ofSeq layer.Bias)
    Assert.Equal(3, layer.GroupSize)
    Assert.Equal(2, layer.GroupsPerChannel)

    Assert.Equal<float32 list>(
        [ 7.0f; -4.0f; 1.0f; 14.0f; 0.0f ],
        List.truncate 5 (List.ofArray (WeightOnly.fakeQuantized layer))
    )

[<Fact>]
let ``a vanished channel has the factor 1 and its own bias`` () =
    let weights = [| [| 0.0f; 0.0f |]; [| Single.Epsilon; 0.0f |]; [| 254.0f; 1.0f |] |]

    let layer =
        plan
            {
                Request =
                    {
                        Type = WeightType.Int8
                        Granularity = WeightGranularity.PerChannel
                        Steps = StepFormat.Float32
                        Rule = StepRule.Largest
                    }
                Positions = 1
                Weights = weights
                Bias = [| 3.0f; -4.0f; 5.0f |]
            }

    Assert.Equal<float list>([ 1.0; 1.0; 2.0 ], List.ofSeq layer.Steps)
    Assert.Equal<float list>([ 3.0; -4.0; 2.5 ], List.ofSeq layer.Bias)
    Assert.Equal<int list>([ 0; 1 ], List.ofSeq layer.VanishedChannels)
