namespace QuantFunctional

open System.Collections.Immutable

/// The integers that a target holds for one layer, and nothing that was only needed to find them (docs/arithmetic.md):
/// `Qc = sat(requantize(P + Qb) + OutputOffset)` with `P = (Σ Qa·Qw) / 2^h`.
[<NoComparison>]
type IntegerLayer =
    {
        /// The target.
        Profile: BackendProfile
        /// The algorithm that multiplies.
        Path: ActivationPath
        /// Where the kernel goes.
        Geometry: Geometry
        /// How the input is stored.
        Input: Encoding
        /// How the output is stored.
        Output: Encoding
        /// Qw, in the order of the real weights.
        Weights: ImmutableArray<sbyte>
        /// What the weights' axes are.
        Shape: WeightShape
        /// Qb, one for each output channel, as wide as the accumulator.
        Bias: ImmutableArray<int64>
        /// The integer multiplier of the requantization.
        Multiplier: Channelwise<int>
        /// The right shift of the requantization.
        Shift: Channelwise<int>
        /// h, the right shift inside the product.
        IntrinsicShift: Channelwise<int>
        /// Zadd: what is added after the requantization.
        OutputOffset: int
        /// The values that the output is clamped to.
        OutputRange: Interval
    }

    /// What holds product and bias.
    member q.Accumulator = q.Profile.AccumulatorOf q.Path

    /// The stored values of the input's whole type, also where its encoding is symmetric.
    member q.InputRange: Interval =
        match q.Path with
        | ActivationPath.Int8 -> FSharp.Interval.ofBits 8
        | ActivationPath.Int15
        | ActivationPath.Int16 -> FSharp.Interval.ofBits 16

    /// What is taken off each input before the product: Za, or nothing where the bias takes it off.
    member q.InputOffset =
        if q.Profile.InputZeroPointInBias q.Path then
            0
        else
            q.Input.ZeroPoint

    /// How the products are added: as the profile says, but for kernels and paths that add them in full on every target.
    member q.ProductSums = FSharp.PairOrder.productSums q.Profile q.Path q.Shape

    /// The same integers under another profile.
    member q.With(profile: BackendProfile) : IntegerLayer = { q with Profile = profile }

    /// How the requantization rounds.
    member q.Rounding = q.Accumulator.Rounding

    /// True where the int15 path runs and no channel uses the larger intrinsic shift (docs/arithmetic.md).
    member q.MsbLeftShift =
        q.Path = ActivationPath.Int15 && not (Seq.contains IntrinsicShift.Hi q.IntrinsicShift.Values)

    override q.ToString() =
        $"weights {q.Shape}, input {q.Input}, output {q.Output}, for {q.Profile.Name}"
