module QuantFunctional.Tests.ExplanationTests

open System
open System.Numerics
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private all (checks: Property seq) : Property =
    checks |> Seq.fold (fun holds check -> holds .&. check) (Prop.ofTestable true)

/// A property of each channel of a case that can be planned.
let private ofChannels (check: QuantizedLayer -> LayerExplanation -> ChannelExplanation -> Property) (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> Prop.ofTestable true |> Prop.classify true "refused"
    | Ok plan ->
        let explanation = Explanation.ofLayer "layer" null plan

        explanation.Channels |> Seq.map (check plan explanation) |> all |> Prop.classify true "planned"

let private room (what: string) (channel: ChannelExplanation) =
    channel.HeadRoom |> Seq.find (fun room -> room.What = what)

/// A shift has the room of the limit that lies nearer.
let private isNearerEnd (channel: ChannelExplanation) =
    let shift = room "shift" channel

    shift.Low = int64 channel.Shift
    && int64 shift.BitsFree = min (shift.Low - shift.LimitLow) (shift.LimitHigh - shift.Low)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P08 the head room of product, bias and sum is that of the worst input, and nothing is beyond its limits``
    (case: LayerCase)
    =
    let check (plan: QuantizedLayer) _ (channel: ChannelExplanation) =
        let integers = plan.Integers
        let weights = Tiny.weights integers channel.Channel
        let struct (low, high) = LayerCase.inputRange case.InputType

        let product forPositive forNegative =
            weights
            |> Array.map (fun weight -> if weight > 0 then forPositive else forNegative)
            |> Tiny.products integers channel.Channel
            |> snd
            |> int64

        let lowest, highest = product low high, product high low
        let bias = integers.Bias[channel.Channel]
        let limits = Interval.ofBits integers.Accumulator.Bits

        let p, b, sum =
            room "product P" channel, room "bias Qb" channel, room "sum P + Qb" channel

        ((p.Low, p.High) = (lowest, highest) |> Prop.label $"P {p.Low} {p.High}, not {lowest} {highest}")
        .&. ((b.Low, b.High) = (bias, bias) |> Prop.label "Qb")
        .&. ((sum.Low, sum.High) = (lowest + bias, highest + bias) |> Prop.label "P + Qb")
        .&. (channel.HeadRoom |> Seq.forall (fun room -> room.BitsFree >= 0) |> Prop.label "inside")
        .&. ([ p; b; sum ]
             |> List.forall (fun room -> room.LimitLow = limits.Low && room.LimitHigh = limits.High)
             |> Prop.label "the accumulator's limits")
        .&. (channel.BitsFree = List.min [ p.BitsFree; b.BitsFree; sum.BitsFree ] |> Prop.label "the fewest")
        .&. ((plan.Plan.IsDead channel.Channel || isNearerEnd channel) |> Prop.label "shift")

    ofChannels check case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``The bits that the weights use follow from their largest integer`` (case: LayerCase) =
    let check (plan: QuantizedLayer) _ (channel: ChannelExplanation) =
        let largest =
            Tiny.weights plan.Integers channel.Channel |> Array.map abs |> Array.max

        let length = 32 - BitOperations.LeadingZeroCount(uint largest)
        let expected = if largest = 127 then 8 else length

        (channel.LargestWeight = largest |> Prop.label $"{channel.LargestWeight}, not {largest}")
        .&. (int channel.WeightBits = expected |> Prop.label $"{channel.WeightBits} bits for {largest}")
        .&. ((channel.State = "live") = (largest > 0) |> Prop.label channel.State)
        .&. ((channel.State = "dead") = plan.Plan.IsDead channel.Channel |> Prop.label channel.State)
        .&. ((channel.FoldedBy > 0.49 && channel.FoldedBy <= 1.0) |> Prop.label $"folded by {channel.FoldedBy}")
        .&. ((channel.FoldedBy = 1.0 || not plan.Precision.HasMultiplier) |> Prop.label "nothing is folded")

    ofChannels check case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P06 the parts of a bias that are told add up to it`` (case: LayerCase) =
    let check (plan: QuantizedLayer) _ (channel: ChannelExplanation) =
        let rounded = Numbers.toInt64HalfEven (channel.RealBias * channel.BiasScale)
        let sum = rounded - channel.ProductZeroValue + channel.ZeroPointInBias

        (channel.Bias = sum && plan.Integers.Bias[channel.Channel] = sum)
        |> Prop.label $"{channel.Bias}, not {sum}"

    ofChannels check case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P16 any plan is explained as text of 100 columns and as Markdown, layer and channels`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> Prop.ofTestable true
    | Ok plan ->
        let explanation = Explanation.ofLayer "conv_1" "Conv" plan

        let reports =
            [
                ExplanationReport.ofLayer explanation
                ExplanationReport.summary [ explanation ]
                for channel in 0 .. case.Channels - 1 do
                    ExplanationReport.ofChannel channel explanation
            ]

        let lines = reports |> List.collect Blocks.toText

        let ascii (line: string) =
            line |> Seq.forall (fun letter -> letter >= ' ' && letter <= '~')

        let isSentence (line: string) = not (line.TrimStart().Contains "  ")

        (lines |> List.forall ascii |> Prop.label "ASCII")
        .&. (lines
             |> List.forall (fun line -> not (isSentence line) || line.Length <= 100)
             |> Prop.label "100 columns")
        .&. (lines |> List.forall (fun line -> line = line.TrimEnd()) |> Prop.label "no blanks at the end")
        .&. (reports |> List.collect Blocks.toMarkdown |> List.forall ascii |> Prop.label "Markdown")

/// A sima-int8 layer whose shift is below the lowest: its output range is small beside what its weights make.
let private loweredOutput =
    { PlainCase.ofWeights BackendProfile.reference Precision.SimaInt8 [| [| 1.0f; -1.0f |]; [| 0.7f; 0.1f |] |] with
        InputStep = 1.0
        Low = -0.25
        High = 0.25
    }

[<Fact>]
let ``A sima layer says how much of the weights folding took, and how coarse its output became`` () =
    let plan = PlainCase.plan loweredOutput
    let explanation = Explanation.ofLayer "fc" null plan
    let paid = String.concat "\n" explanation.Paid
    let folded = explanation.Channels |> Seq.maxBy _.FoldedBits
    let worst = explanation.Channels |> Seq.minBy _.WeightBits

    Assert.InRange(folded.FoldedBits, 0.1, 1.0)

    let most =
        folded.FoldedBits.ToString("F2", Globalization.CultureInfo.InvariantCulture)

    Assert.Contains($"and {most} at most, in channel {folded.Channel}.", paid)
    Assert.Contains($"channel {worst.Channel} uses the fewest", paid)
    Assert.Contains($"(its largest integer weight is {worst.LargestWeight} of 127)", paid)
    Assert.True(explanation.OutputBitsGivenUp > 0)
    Assert.Contains($"Output: its step is 2^{explanation.OutputBitsGivenUp} times as coarse", paid)

    let first =
        LayerCase.need (Encoding.ofRange StepFormat.Float64 true ScalarType.Int8 -0.25 0.25)

    Assert.Equal(first.StepSize * Math.ScaleB(1.0, explanation.OutputBitsGivenUp), explanation.Output.StepSize)

[<Fact>]
let ``How the output was found is told with the numbers`` () =
    let case =
        { PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 1.0f |] |] with
            InputStep = 0.5
            Low = -51.0
            High = 204.0
        }

    let output = (Explanation.ofLayer "fc" null (PlainCase.plan case)).Output

    Assert.Equal(
        [
            "Observed (or stated): -51 to 204; with 0 among it that is 255 wide, over 255 steps: the step is 1."
            "Zero point: round(-128 + 51 / step) = -77."
        ],
        output.HowFound
    )

    Assert.Equal((-51.0, 204.0), (output.Low, output.High))

[<Fact>]
let ``A layer that paid nothing says so`` () =
    let case =
        PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 0.5f; -0.3f |] |]

    let explanation = Explanation.ofLayer "fc" null (PlainCase.plan case)
    Assert.StartsWith("Nothing: ", Assert.Single explanation.Paid)

[<Fact>]
let ``A widened output says how many bits it gained`` () =
    let case =
        { PlainCase.ofWeights BackendProfile.reference Precision.SimaInt16 [| [| 1.0f; 0.9f |] |] with
            InputStep = 1.0
            Low = -3.0e5
            High = 3.0e5
        }
        |> PlainCase.asked PrecisionRequest.SimaInt16OrWider

    let explanation = Explanation.ofLayer "fc" null (PlainCase.plan case)
    Assert.Equal("int32", explanation.Output.Type)
    Assert.True(explanation.OutputBitsGained > 0)
    Assert.Contains($"which gained {explanation.OutputBitsGained} bit", String.concat "\n" explanation.Paid)
    Assert.Contains("Widened to int32", String.concat "\n" explanation.Output.HowFound)
