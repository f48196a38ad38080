namespace QuantFunctional.Proofs

open System.Collections.Immutable
open System.Runtime.Intrinsics
open QuantFunctional
open QuantFunctional.FSharp

/// The fast executor's requantization of a pair.
[<RequireQualifiedAccess>]
module internal Vectors =

    /// None where its sums of int32 cannot hold the accumulators.
    let ofPair (pair: Pair) : Requantizer voption =
        let need =
            function
            | Ok value -> value
            | Error(refusal: Refusal) -> invalidOp refusal.Message

        let encoding = need (Encoding.ofStep 1.0 0 ScalarType.Int8)

        let layer =
            {
                IntegerLayer.Profile = pair.Target
                Path = pair.Algorithm
                Geometry = Geometry.plain 0
                Input = encoding
                Output = encoding
                Weights = [| 1y |].ToImmutableArray()
                Shape = need (WeightShape.create WeightLayout.OI 1 [ 1; 1 ])
                Bias = [| 0L |].ToImmutableArray()
                Multiplier = Channelwise.perTensor pair.Multiplier
                Shift = Channelwise.perTensor pair.Shift
                IntrinsicShift = Channelwise.perTensor 0
                OutputOffset = 0
                // as wide as the loops take it: a float32 holds every integer of 25 bits
                OutputRange =
                    Interval.ofBits (
                        if pair.Rounding = RequantizationRounding.SingleTiesToEven then
                            25
                        else
                            32
                    )
            }

        if pair.IsSampled then
            ValueNone
        else
            Requantizer.ofLayer layer

    /// The outputs of so many sums, in place, on the widest vectors of this processor.
    let run (requantizer: Requantizer) (sums: int array) : unit =
        match Preparation.widest with
        | 512 -> Requantizer.run<PairLanes512, Vector512<int>>(requantizer, 0, &sums[0], sums.Length)
        | 256 -> Requantizer.run<PairLanes256, Vector256<int>>(requantizer, 0, &sums[0], sums.Length)
        | 128 -> Requantizer.run<PairLanes128, Vector128<int>>(requantizer, 0, &sums[0], sums.Length)
        | _ -> Requantizer.run<PairLanes1, int>(requantizer, 0, &sums[0], sums.Length)
