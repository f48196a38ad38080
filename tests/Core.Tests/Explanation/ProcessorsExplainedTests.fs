/// What is said of a layer that was planned for processors which differ: of its pairs of products, and of a raised output.
module QuantFunctional.Tests.ProcessorsExplainedTests

open System
open System.Globalization
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

// 127 + 63 = 190 of 128 in channel 1, which alone has an unsafe pair
let private oneUnsafe =
    [| [| 1.0f; -1.0f |]; [| 127.0f; 63.0f |]; [| 127.0f; 1.0f |] |]

let private case profile weights =
    { PlainCase.ofWeights profile Precision.TfliteInt8 weights with
        Low = -500.0
        High = 500.0
    }

let private explained profile weights =
    Explanation.ofLayer "fc" null (PlainCase.plan (case profile weights))

let private hundredths (x: float) =
    x.ToString("F2", CultureInfo.InvariantCulture)

let private decibels (factor: float) = 20.0 * Math.Log10 factor

let private startsWith (beginning: string) (sentences: string seq) =
    sentences |> Seq.filter _.StartsWith(beginning) |> List.ofSeq

[<Fact>]
let ``An unsafe pair is told with its channel, how much of 16 bits it needs and by how much the step grew for it`` () =
    let explanation = explained BackendProfile.onnxRuntime oneUnsafe
    let first, last = explanation.Attempts[0], explanation.Attempts[1]

    Assert.Equal(2, explanation.Attempts.Length)

    Assert.Equal(
        "tflite-int8: two neighbouring products leave the 16 bits that the target adds them in",
        first.Sentence
    )

    Assert.Equal(
        "channel 1: two neighbouring weights together would reach 190, above the 16-bit sum's limit of 128: 1.48 times as much",
        (Assert.Single first.Overflows).Sentence
    )

    let given = Assert.Single first.GivenUp
    Assert.Equal([ 1 ], given.Channels)

    Assert.Equal(
        "the step of the weights of channel 1 grows by 1.48, that is 3.43 dB, so that no two neighbouring products leave 16 "
        + "bits",
        given.Sentence
    )

    Assert.Equal("tflite-int8, with a larger step of the weights in 1 channel: everything fits", last.Sentence)

[<Fact>]
let ``A channel is told its heaviest pair and its larger step, and the others that theirs did not grow`` () =
    let channels = (explained BackendProfile.onnxRuntime oneUnsafe).Channels

    let pair (channel: int) =
        Assert.Single(startsWith "Pairs: " channels[channel].HowFound)

    let said first second sum =
        $"Pairs: the heaviest two neighbouring weights are {first} (input 0 at position 0) and {second} (input 1 at position "
        + $"0): {sum} of 128 of one sign, for which 16 bits hold their products with any input."

    Assert.Equal<string list>([ said 127 -127 127; said 86 42 128; said 127 1 128 ], [ pair 0; pair 1; pair 2 ])

    let grown (channel: int) =
        startsWith "Two neighbouring products" channels[channel].HowFound

    Assert.Equal<string list>(
        [
            "Two neighbouring products would leave 16 bits with 127 / max|w|, so the step grew by 1.48, that is 3.43 dB."
        ],
        grown 1
    )

    Assert.Empty(grown 0 @ grown 2)
    Assert.Equal<float list>([ 1.0; 1.48; 1.0 ], [ for channel in channels -> Math.Round(channel.StepGrowth, 2) ])
    Assert.StartsWith("Weights: Sw = 85.5625 / max|w| = ", channels[1].HowFound[0])
    Assert.StartsWith("Weights: Sw = 127 / max|w| = ", channels[2].HowFound[0])

[<Fact>]
let ``What pairs cost the layer is told as the mean and the most of the channels that paid`` () =
    let plan =
        PlainCase.plan (case BackendProfile.onnxRuntime (Array.append oneUnsafe [| [| 127.0f; 127.0f |] |]))

    let growth =
        [
            for growth in (BacktrackingParameters.stepGrowth plan.Trace.Last.Parameters).Values do
                if growth > 1.0 then
                    growth
        ]

    let mean = hundredths (List.average growth)
    let most = hundredths (List.max growth)
    let cost = hundredths (List.averageBy decibels growth)
    let explanation = Explanation.ofLayer "fc" null plan

    Assert.Equal(2, growth.Length)
    Assert.NotEqual<string>(mean, most)

    Assert.Equal(
        "Pairs: so that no two neighbouring products leave 16 bits, the step of the weights grew in 2 of 4 channels, by "
        + $"{mean} on average and {most} at most, in channel 3; that is {cost} dB on average.",
        Assert.Single(startsWith "Pairs: " explanation.Paid)
    )

    Assert.Contains(
        $"grows by {mean} on average and {most} at most, that is {cost} dB on average, so that no two",
        (Assert.Single explanation.Attempts[0].GivenUp).Sentence
    )

[<Fact>]
let ``Where every product is added in full, nothing is said of pairs`` () =
    let depthwise =
        { case BackendProfile.onnxRuntime [| [| 127.0f; 127.0f; 127.0f |]; [| 1.0f; 1.0f; 1.0f |] |] with
            Positions = 3
            Groups = 2
        }

    for explanation in
        [
            explained BackendProfile.onnxRuntimeVnni oneUnsafe
            Explanation.ofLayer "fc" null (PlainCase.plan depthwise)
        ] do
        Assert.StartsWith("Nothing: ", Assert.Single explanation.Paid)

        for channel in explanation.Channels do
            Assert.Empty(startsWith "Pairs: " channel.HowFound)
            Assert.Equal(1.0, channel.StepGrowth)

[<Fact>]
let ``An output that joins read is told the raise and the step before and after`` () =
    let plain = LayerCase.layer (case BackendProfile.onnxRuntime oneUnsafe)

    let output raise =
        let layer =
            Layer.create
                plain.Weights
                plain.Geometry
                plain.Bias
                plain.Input
                (ObservedDistribution.withStepRaise raise plain.Output |> LayerCase.need)
                plain.Activation
            |> LayerCase.need

        match Pipeline.plan (LayerCase.request (case BackendProfile.onnxRuntime oneUnsafe)) layer with
        | Ok plan -> (Explanation.ofLayer "fc" null plan).Output
        | Error refused -> failwith refused.Message

    let before, after = output 0, output 2048

    let six (step: float) =
        step.ToString("G6", CultureInfo.InvariantCulture)

    Assert.Empty(startsWith "Raised by " before.HowFound)
    Assert.Equal(before.StepSize * (1.0 + 2048.0 / 32768.0), after.StepSize, 6)

    Assert.Equal<string list>(
        [
            $"Raised by 2048/32768 of itself to {six after.StepSize}, the smallest step at which every arithmetic of the target "
            + "makes the same integers of the joins that the output takes part in; the zero point stays."
        ],
        startsWith "Raised by " after.HowFound
    )

    Assert.Equal<string seq>(
        before.HowFound,
        after.HowFound |> Seq.filter (fun said -> not (said.StartsWith "Raised by "))
    )
