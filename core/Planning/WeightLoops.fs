namespace QuantFunctional.FSharp

open System
open System.Runtime.InteropServices
open System.Runtime.Intrinsics

/// The sums of some integer weights.
[<Struct>]
type internal WeightSums = { Total: int64; Positive: int64 }

/// What a row of weights of many channels needs: the scales, and sums that are emptied before they can leave int32.
[<NoComparison; NoEquality>]
type internal ChannelRow =
    {
        Most: float
        Scales: float array
        Quick: float32 array
        Totals: int array
        Positives: int array
    }

    static member Of(most: float, scales: float array) : ChannelRow =
        {
            Most = most
            Scales = scales
            Quick = Array.map float32 scales
            Totals = Array.zeroCreate scales.Length
            Positives = Array.zeroCreate scales.Length
        }

    /// Hands each channel's sums over and starts again at 0.
    member row.Empty(take: int -> WeightSums -> unit) : unit =
        for channel in 0 .. row.Scales.Length - 1 do
            take
                channel
                {
                    Total = int64 row.Totals[channel]
                    Positive = int64 row.Positives[channel]
                }

        Array.Clear row.Totals
        Array.Clear row.Positives

/// Qw = clamp(rne(w·Sw), −m, m) over neighbours in memory, by vectors of the widest kind that there is.
///
/// The contract is the product in double. A product in float32 takes half the instructions and decides nearly all weights.
/// Up to │w·Sw│ = 255 it is off by less than 2^−15: twice a relative 2^−24 and a little, or, where Sw is subnormal in float32,
/// 2^−150·│w│ < 2^−22. So where it lies no farther than ½ − 2^−15 from an integer, both products round to that integer, and
/// beyond 255 both clamp. Where Sw is beyond float32, products are infinite or NaN and near to nothing.
/// A vector with a product that is not near is done in double.
[<RequireQualifiedAccess>]
module internal WeightLoops =

    /// The bits of the widest vectors that this processor accelerates; 0 where there are none.
    let widest =
        if not Vector128.IsHardwareAccelerated then 0 // whatever is said of wider ones
        elif Vector512.IsHardwareAccelerated then 512
        elif Vector256.IsHardwareAccelerated then 256
        else 128

    let private decided = 0.5f - MathF.ScaleB(1.0f, -15)

    // a double of this size has no bits below 1, so adding it rounds half to even, and leaves the integer in the lowest bits
    let private whole = 1.5 * Math.ScaleB(1.0, 52)

    /// One weight, without vectors. m is an integer, so it may clamp before the rounding.
    let one (scale: float) (most: float) (weight: float32) : int =
        let product = float weight * scale

        let held =
            if product > most then most
            elif product < -most then -most
            else product

        int (BitConverter.DoubleToInt64Bits(held + whole))

    // signs are as good as random, and a wrong guess costs more than all else
    let private aboveZero (integer: int) : int = integer &&& ~~~(integer >>> 31)

    // as many vectors of one channel as there are from a place on; says where it ended
    let private runBy<'L, 'Real, 'Exact, 'Whole when 'L :> ILanes<'Real, 'Exact, 'Whole> and 'L: struct>
        (
            source: ReadOnlySpan<float32>,
            target: Span<sbyte>,
            start: int,
            scale: float,
            most: float,
            sums: byref<WeightSums>
        ) : int =
        let mutable at = start
        let last = source.Length - 'L.Count

        if at <= last then
            let from = &MemoryMarshal.GetReference source
            let into = &MemoryMarshal.GetReference target
            let factor, exact = 'L.Fill(float32 scale), 'L.FillExact scale
            let limit, largest = 'L.Fill decided, 'L.Fill(float32 most)
            let mutable total = 'L.Zero
            let mutable positive = 'L.Zero

            while at <= last do
                let weights = 'L.Load(&from, at)
                let product = 'L.Product(weights, factor)
                let rounded = 'L.Round product

                let integers =
                    if 'L.IsNear(product, rounded, limit) then
                        'L.Clamp(rounded, largest)
                    else
                        'L.Quantize(weights, exact, most)

                'L.SaveBytes(integers, &into, at)
                total <- 'L.Add(total, integers)
                positive <- 'L.Add(positive, 'L.AboveZero integers)
                at <- at + 'L.Count

            sums <-
                {
                    Total = sums.Total + int64 ('L.Sum total)
                    Positive = sums.Positive + int64 ('L.Sum positive)
                }

        at

    // at 2^20 weights a sum of 127 each stays far within int32
    let private longestRun = 1 <<< 20

    /// A run of weights of one channel.
    let channel
        (width: int)
        (scale: float)
        (most: float)
        (source: ReadOnlySpan<float32>)
        (target: Span<sbyte>)
        (sums: byref<WeightSums>)
        : unit =
        let mutable at = 0

        while at < source.Length do
            let count = min longestRun (source.Length - at)
            let part = source.Slice(at, count)
            let into = target.Slice(at, count)
            let mutable i = 0

            if width >= 512 then
                i <- runBy<Lanes512, _, _, _>(part, into, i, scale, most, &sums)

            if width >= 256 then
                i <- runBy<Lanes256, _, _, _>(part, into, i, scale, most, &sums)

            if width >= 128 then
                i <- runBy<Lanes128, _, _, _>(part, into, i, scale, most, &sums)

            let mutable total = 0
            let mutable positive = 0

            while i < count do
                let integer = one scale most part[i]
                into[i] <- sbyte integer
                total <- total + integer
                positive <- positive + aboveZero integer
                i <- i + 1

            sums <-
                {
                    Total = sums.Total + int64 total
                    Positive = sums.Positive + int64 positive
                }

            at <- at + count

    // as many vectors of neighbouring channels as there are from a place on; says where it ended
    let private rowBy<'L, 'Real, 'Exact, 'Whole when 'L :> ILanes<'Real, 'Exact, 'Whole> and 'L: struct>
        (source: ReadOnlySpan<float32>)
        (target: Span<sbyte>)
        (start: int)
        (row: ChannelRow)
        (first: int)
        : int =
        let mutable at = start
        let last = source.Length - 'L.Count

        if at <= last then
            let from = &MemoryMarshal.GetReference source
            let into = &MemoryMarshal.GetReference target
            let factors = &MemoryMarshal.GetReference(row.Quick.AsSpan first)
            let exact = &MemoryMarshal.GetReference(row.Scales.AsSpan first)
            let totals = &MemoryMarshal.GetReference(row.Totals.AsSpan first)
            let positives = &MemoryMarshal.GetReference(row.Positives.AsSpan first)
            let limit, largest = 'L.Fill decided, 'L.Fill(float32 row.Most)

            while at <= last do
                let weights = 'L.Load(&from, at)
                let product = 'L.Product(weights, 'L.Load(&factors, at))
                let rounded = 'L.Round product

                let integers =
                    if 'L.IsNear(product, rounded, limit) then
                        'L.Clamp(rounded, largest)
                    else
                        'L.Quantize(weights, 'L.LoadExact(&exact, at), row.Most)

                'L.SaveBytes(integers, &into, at)
                'L.SaveWhole('L.Add('L.LoadWhole(&totals, at), integers), &totals, at)
                'L.SaveWhole('L.Add('L.LoadWhole(&positives, at), 'L.AboveZero integers), &positives, at)
                at <- at + 'L.Count

        at

    /// A run of one weight for each of some channels from a first one on.
    let channels
        (width: int)
        (row: ChannelRow)
        (first: int)
        (source: ReadOnlySpan<float32>)
        (target: Span<sbyte>)
        : unit =
        let mutable i = 0

        if width >= 512 then
            i <- rowBy<Lanes512, _, _, _> source target i row first

        if width >= 256 then
            i <- rowBy<Lanes256, _, _, _> source target i row first

        if width >= 128 then
            i <- rowBy<Lanes128, _, _, _> source target i row first

        while i < source.Length do
            let channel = first + i
            let integer = one row.Scales[channel] row.Most source[i]
            target[i] <- sbyte integer
            row.Totals[channel] <- row.Totals[channel] + integer
            row.Positives[channel] <- row.Positives[channel] + aboveZero integer
            i <- i + 1
