module QuantFunctional.Tests.WeightOnlyExplainedTests

open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.WeightOnlyCases

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 300)>]
let ``The facts of each channel are those of its integers and steps`` (c: WeightOnlyCase) =
    let layer = plan c
    let explained = WeightOnlyExplained.ofLayer "fc" null layer
    let vanished = List.ofSeq layer.VanishedChannels
    let steps = layer.Steps |> Seq.map abs |> List.ofSeq

    Assert.Equal(layer.Shape.Channels, explained.Channels.Length)

    for channel in explained.Channels do
        let integers =
            [
                for weight in 0 .. layer.Shape.WeightsPerChannel - 1 do
                    let positions = layer.Shape.Positions

                    int layer.Weights[layer.Shape.Index(channel.Channel, weight / positions, weight % positions)]
                    - int (layer.ZeroPointOf(channel.Channel, weight))
            ]

        Assert.Equal(integers |> List.map abs |> List.max, channel.LargestWeight)
        Assert.Equal(List.contains channel.Channel vanished, (channel.WeightBits = 0.0))
        Assert.InRange(channel.WeightBits, 0.0, float layer.Request.Type.Bits)
        Assert.Contains(channel.StepLow, steps)
        Assert.Contains(channel.StepHigh, steps)
        Assert.True(channel.StepLow <= channel.StepHigh)

    let text =
        [
            WeightOnlyReport.ofLayer explained
            WeightOnlyReport.ofChannel 0 explained
            WeightOnlyReport.summary [ explained ]
        ]
        |> List.collect Blocks.toText

    Assert.All(text, fun line -> Assert.Equal(line.TrimEnd(), line))

[<Fact>]
let ``Groups of zeros are counted, and their step says nothing`` () =
    let request =
        {
            Type = WeightType.Int4
            Granularity = WeightGranularity.PerGroup 2
            Steps = StepFormat.Float64
            Rule = StepRule.Largest
        }

    let view =
        WeightView.create WeightLayout.OI 1 [ 1; 6 ] (System.ReadOnlyMemory [| 7.0f; 1.0f; 0.0f; 0.0f; 21.0f; 3.0f |])
        |> need

    let layer = WeightOnly.plan request view (System.ReadOnlyMemory [| 2.0f |]) |> need
    let explained = WeightOnlyExplained.ofLayer "fc" "MatMul" layer
    let channel = Assert.Single explained.Channels

    Assert.Equal(1, channel.ZeroGroups)
    Assert.Equal((1.0, 3.0), (channel.StepLow, channel.StepHigh))
    Assert.Equal(2.0, channel.Bias)

    Assert.Contains(
        "Step: each 2 neighbouring weights of a channel share one, found as max|w| / 7 of those.",
        explained.Setting
    )
