namespace QuantFunctional

open System.Collections.Immutable

/// Which integers the real weights of a layer become (docs/accuracy.md).
[<RequireQualifiedAccess; NoComparison>]
type WeightRounding =
    /// The nearest ones.
    | Nearest
    /// The nearest ones, and to each of them this is added, in the order of the weights.
    | Differences of Added: ImmutableArray<sbyte>

    override r.ToString() =
        match r with
        | Nearest -> "nearest"
        | Differences differences ->
            let others =
                differences |> Seq.filter (fun difference -> difference <> 0y) |> Seq.length

            $"""{FSharp.ShortText.counted others "weight"} not to the nearest"""

namespace QuantFunctional.FSharp

open System.Collections.Immutable
open System.Runtime.InteropServices
open QuantFunctional

/// Integer weights that are not the nearest ones.
[<RequireQualifiedAccess>]
module WeightRounding =

    let private most = WeightScales.largestInteger 8

    let private refuse what =
        Error(Refusal.WeightRoundingNotFit what)

    /// The sums by sign of integers in the order of a shape.
    let private withSums (shape: WeightShape) (values: sbyte array) : IntegerWeights =
        let sumOf (kept: int64 -> int64) channel =
            let mutable sum = 0L

            for product in 0 .. PairOrder.products shape - 1 do
                sum <- sum + kept (int64 values[PairOrder.index shape channel product])

            sum

        {
            Values = ImmutableCollectionsMarshal.AsImmutableArray values
            PositiveSums = ImmutableArray.CreateRange(Seq.init shape.Channels (sumOf (max 0L)))
            NegativeSums = ImmutableArray.CreateRange(Seq.init shape.Channels (sumOf (min 0L)))
        }

    /// A channel of which two neighbours are too heavy together, with their sum.
    let private tooHeavy (shape: WeightShape) (values: sbyte array) =
        let values = ImmutableCollectionsMarshal.AsImmutableArray values

        Seq.init shape.Channels (fun channel ->
            let struct (_, sum) = PairOrder.heaviest shape values channel
            struct (channel, sum))
        |> Seq.tryFind (fun struct (_, sum) -> abs sum > PairOrder.most)

    let private apply
        (sums: ProductSums)
        (weightScale: Channelwise<float>)
        (shape: WeightShape)
        (differences: ImmutableArray<sbyte>)
        (nearest: IntegerWeights)
        : Result<IntegerWeights, Refusal> =
        let values = nearest.Values.AsSpan().ToArray()
        let mutable wrong = None

        for channel in 0 .. shape.Channels - 1 do
            for product in 0 .. PairOrder.products shape - 1 do
                let index = PairOrder.index shape channel product

                if differences[index] <> 0y && wrong.IsNone then
                    let sum = int values[index] + int differences[index]

                    if weightScale[channel] = 0.0 then
                        wrong <- Some $"channel {channel} has no step"
                    elif abs sum > most then
                        wrong <- Some $"channel {channel} would have the weight {sum}, where {most} is the most"
                    else
                        values[index] <- sbyte sum

        match wrong with
        | Some what -> refuse what
        | None when sums = ProductSums.InFull -> Ok(withSums shape values)
        | None ->
            match tooHeavy shape values with
            | Some struct (channel, sum) ->
                refuse $"channel {channel} would have neighbours of {sum} together, where {PairOrder.most} is the most"
            | None -> Ok(withSums shape values)

    /// The integers that a rounding makes of the nearest ones. Refused: differences that are not one for each weight, an integer
    /// that 8 bits do not hold, one where there is no step, and neighbours that are too heavy where products are added in pairs.
    let round
        (rounding: WeightRounding)
        (sums: ProductSums)
        (weightScale: Channelwise<float>)
        (shape: WeightShape)
        (nearest: IntegerWeights)
        : Result<IntegerWeights, Refusal> =
        match rounding with
        | WeightRounding.Nearest -> Ok nearest
        | WeightRounding.Differences differences when
            differences.IsDefault || differences.Length <> nearest.Values.Length
            ->
            let found = if differences.IsDefault then 0 else differences.Length
            refuse $"there are {found} differences for {nearest.Values.Length} weights"
        | WeightRounding.Differences differences -> apply sums weightScale shape differences nearest
