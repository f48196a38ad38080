namespace QuantFunctional.FSharp

#nowarn "3535" // static members of an interface: one loop for every width, and the compiler still sees plain instructions

open System
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86

/// 16 pairs at a time.
[<Struct>]
type internal PairLanes512 =

    static member inline private Halves(pairs: Vector512<int>, weights: Vector512<int>) : Vector512<int> =
        if Avx512BW.IsSupported then
            Avx512BW.MultiplyAddAdjacent(pairs.AsInt16(), weights.AsInt16())
        else
            ((pairs <<< 16) >>> 16) * ((weights <<< 16) >>> 16) + (pairs >>> 16) * (weights >>> 16)

    /// The products of every other value, those in the lower halves of 64 bits.
    static member inline private Products(value: Vector512<int>, multiplier: int) : Vector512<int64> =
        if Avx512F.IsSupported then
            Avx512F.Multiply(value, Vector512.Create(multiplier: int))
        else
            let value = value.AsInt64()
            Vector512.ShiftRightArithmetic(value <<< 32, 32) * Vector512.Create(int64 multiplier)

    static member inline private Rounded(product: Vector512<int64>, nudge: int64, right: int) : Vector512<int64> =
        (product + Vector512.Create(nudge: int64)) >>> right

    interface IPairLanes<Vector512<int>> with
        static member Count = 16
        static member Zero = Vector512<int>.Zero
        static member Fill value = Vector512.Create(value: int)

        static member Load(source, at) =
            Vector512.LoadUnsafe(&source, unativeint at)

        static member LoadShorts(source, at) =
            let shorts = Vector256.LoadUnsafe(&source, unativeint at)

            if Avx512F.IsSupported then
                Avx512F.ConvertToVector512Int32 shorts
            else
                Vector512.Create(Vector256.WidenLower shorts, Vector256.WidenUpper shorts)

        static member Save(value, target, at) =
            Vector512.StoreUnsafe(value, &target, unativeint at)

        static member SaveBytes(value: Vector512<int>, target: byref<sbyte>, at: nativeint) =
            let bytes =
                if Avx512F.IsSupported then
                    Avx512F.ConvertToVector128SByte value
                else
                    let short = Vector256.Narrow(value.GetLower(), value.GetUpper())
                    Vector128.Narrow(short.GetLower(), short.GetUpper())

            Vector128.StoreUnsafe(bytes, &target, unativeint at)

        static member MultiplyAdd(sum, pairs, weights) =
            Vector512.Add(sum, PairLanes512.Halves(pairs, weights))

        static member Add(first, second) = Vector512.Add(first, second)
        static member Subtract(first, second) = Vector512.Subtract(first, second)
        static member And(first, second) = Vector512.BitwiseAnd(first, second)
        static member Or(first, second) = Vector512.BitwiseOr(first, second)

        static member ShiftLeft(value, bits) =
            Vector512.ShiftLeft((value: Vector512<int>), bits)

        static member ShiftRight(value, bits) =
            Vector512.ShiftRightArithmetic((value: Vector512<int>), bits)

        static member Clamp(value, low, high) =
            Vector512.Min(Vector512.Max(value, Vector512.Create(low: int)), Vector512.Create(high: int))

        static member Single(value, factor, low, high) =
            let product =
                Vector512.Multiply(Vector512.ConvertToSingle(value: Vector512<int>), Vector512.Create(factor: float32))

            let held =
                Vector512.ClampNative(product, Vector512.Create(low: float32), Vector512.Create(high: float32))

            Vector512.ConvertToInt32Native(Vector512.Round held)

        static member Scaled(value, multiplier, nudge, right, low, high) =
            let low, high = Vector512.Create(int64 low), Vector512.Create(int64 high)
            let odd = Vector512.ShiftRightLogical(value.AsInt64(), 32).AsInt32()

            let first =
                PairLanes512.Rounded(PairLanes512.Products(value, multiplier), nudge, right)

            let second =
                PairLanes512.Rounded(PairLanes512.Products(odd, multiplier), nudge, right)

            let first = Vector512.Min(Vector512.Max(first, low), high)
            let second = Vector512.Min(Vector512.Max(second, low), high)
            ((first &&& Vector512.Create 0xFFFFFFFFL) ||| (second <<< 32)).AsInt32()

        static member Sum value = Vector512.Sum(value: Vector512<int>)
