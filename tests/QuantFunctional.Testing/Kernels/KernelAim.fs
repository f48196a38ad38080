namespace QuantFunctional.Testing

open System.Collections.Immutable
open System.Numerics
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Takes a planned layer to where kernels go wrong: ties between two outputs, and the ends of the output's range. With a
/// multiplier of 31 random bits no tie would ever be met.
[<RequireQualifiedAccess>]
module internal KernelAim =

    /// The multipliers without all bits but the highest.
    let private atPowersOfTwo (layer: IntegerLayer) =
        { layer with
            Multiplier =
                layer.Multiplier
                |> Channelwise.map (fun value -> 1 <<< (31 - BitOperations.LeadingZeroCount(uint32 value)))
        }

    /// The right shift of a channel whose multiplier is a power of two.
    let private shift (layer: IntegerLayer) (channel: int) =
        layer.Shift[channel] - BitOperations.Log2(uint32 layer.Multiplier[channel])

    /// The accumulator that is half an output step above an output, moved by a little.
    let private tie (layer: IntegerLayer) (channel: int) (output: int64) (nudge: int) =
        let half = shift layer channel - 1
        ((2L * (output - int64 layer.OutputOffset) + 1L) <<< half) + int64 nudge

    let private outputs (layer: IntegerLayer) : Gen<int64> =
        let range = layer.OutputRange
        let offset = int64 layer.OutputOffset

        let any =
            Gen.choose (int (max range.Low -32768L), int (min range.High 32767L)) |> Gen.map int64

        Gen.frequency
            [
                2, Gen.elements [ offset - 2L; offset - 1L; offset; offset + 1L ]
                1, Gen.elements [ range.Low - 1L; range.Low; range.High - 1L; range.High ]
                3, any
            ]

    /// The layer with a channel's bias such that one of its outputs is the one that is wanted; the layer itself where that
    /// would leave the accumulator.
    let private aimed (layer: IntegerLayer) (channel: int) (product: int64) (wanted: int64) =
        let bias = wanted - product

        let changed =
            { layer with
                Bias = layer.Bias.SetItem(channel, bias)
            }

        if Interval.contains bias (Interval.ofBits layer.Accumulator.Bits) && KernelRules.isSound changed then
            changed
        else
            layer

    /// The case with some outputs taken to ties.
    let take (case: KernelCase) : Gen<KernelCase> =
        let simple = atPowersOfTwo case.Layer

        match Executor.run simple case.Input with
        | Ok run when KernelRules.isSound simple && not run.Products.IsEmpty ->
            gen {
                let channels = simple.Shape.Channels
                let samples = run.Output.Sizes[0]
                let places = run.Products.Length / channels / samples
                let mutable layer = simple

                for channel in 0 .. channels - 1 do
                    let! sample = Gen.choose (0, samples - 1)
                    let! place = Gen.choose (0, places - 1)
                    let! output = outputs simple
                    let! nudge = Gen.frequency [ 4, Gen.constant 0; 1, Gen.choose (-1, 1) ]
                    let half = shift simple channel - 1

                    if half >= 0 && half < 40 then
                        let product = run.Products[(sample * channels + channel) * places + place]
                        layer <- aimed layer channel product (tie simple channel output nudge)

                return { case with Layer = layer }
            }
        | _ -> Gen.constant case
