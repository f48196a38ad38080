namespace QuantFunctional.FSharp

#nowarn "3535" // static members of an interface: one loop for every width, and the compiler still sees plain instructions

open System
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86

/// 8 pairs at a time.
[<Struct>]
type internal PairLanes256 =

    static member inline private Halves(pairs: Vector256<int>, weights: Vector256<int>) : Vector256<int> =
        if Avx2.IsSupported then
            Avx2.MultiplyAddAdjacent(pairs.AsInt16(), weights.AsInt16())
        else
            ((pairs <<< 16) >>> 16) * ((weights <<< 16) >>> 16) + (pairs >>> 16) * (weights >>> 16)

    /// The products of every other value, those in the lower halves of 64 bits.
    static member inline private Products(value: Vector256<int>, multiplier: int) : Vector256<int64> =
        if Avx2.IsSupported then
            Avx2.Multiply(value, Vector256.Create(multiplier: int))
        else
            let value = value.AsInt64()
            Vector256.ShiftRightArithmetic(value <<< 32, 32) * Vector256.Create(int64 multiplier)

    static member inline private Rounded(product: Vector256<int64>, nudge: int64, right: int) : Vector256<int64> =
        // there is no arithmetic shift of 64 bits: the sign is lifted away and taken off again
        let lifted =
            (product + Vector256.Create(nudge: int64)) ^^^ Vector256.Create Int64.MinValue

        Vector256.ShiftRightLogical(lifted, right)
        - Vector256.ShiftRightLogical(Vector256.Create Int64.MinValue, right)

    interface IPairLanes<Vector256<int>> with
        static member Count = 8
        static member Zero = Vector256<int>.Zero
        static member Fill value = Vector256.Create(value: int)

        static member Load(source, at) =
            Vector256.LoadUnsafe(&source, unativeint at)

        static member LoadShorts(source, at) =
            let shorts = Vector128.LoadUnsafe(&source, unativeint at)

            if Avx2.IsSupported then
                Avx2.ConvertToVector256Int32 shorts
            else
                Vector256.Create(Vector128.WidenLower shorts, Vector128.WidenUpper shorts)

        static member Save(value, target, at) =
            Vector256.StoreUnsafe(value, &target, unativeint at)

        static member SaveBytes(value: Vector256<int>, target: byref<sbyte>, at: nativeint) =
            let short = Vector128.Narrow(Vector256.GetLower value, Vector256.GetUpper value)
            let bytes = Vector128.Narrow(short, short).AsInt64().ToScalar()
            Unsafe.WriteUnaligned(&Unsafe.As<sbyte, byte>(&Unsafe.Add(&target, at)), bytes)

        static member MultiplyAdd(sum, pairs, weights) =
            Vector256.Add(sum, PairLanes256.Halves(pairs, weights))

        static member Add(first, second) = Vector256.Add(first, second)
        static member Subtract(first, second) = Vector256.Subtract(first, second)
        static member And(first, second) = Vector256.BitwiseAnd(first, second)
        static member Or(first, second) = Vector256.BitwiseOr(first, second)

        static member ShiftLeft(value, bits) =
            Vector256.ShiftLeft((value: Vector256<int>), bits)

        static member ShiftRight(value, bits) =
            Vector256.ShiftRightArithmetic((value: Vector256<int>), bits)

        static member Clamp(value, low, high) =
            Vector256.Min(Vector256.Max(value, Vector256.Create(low: int)), Vector256.Create(high: int))

        static member Single(value, factor, low, high) =
            let product =
                Vector256.Multiply(Vector256.ConvertToSingle(value: Vector256<int>), Vector256.Create(factor: float32))

            let held =
                Vector256.ClampNative(product, Vector256.Create(low: float32), Vector256.Create(high: float32))

            Vector256.ConvertToInt32Native(Vector256.Round held)

        static member Scaled(value, multiplier, nudge, right, low, high) =
            let low, high = Vector256.Create(int64 low), Vector256.Create(int64 high)
            let odd = Vector256.ShiftRightLogical(value.AsInt64(), 32).AsInt32()

            let first =
                PairLanes256.Rounded(PairLanes256.Products(value, multiplier), nudge, right)

            let second =
                PairLanes256.Rounded(PairLanes256.Products(odd, multiplier), nudge, right)

            let first = Vector256.Min(Vector256.Max(first, low), high)
            let second = Vector256.Min(Vector256.Max(second, low), high)
            ((first &&& Vector256.Create 0xFFFFFFFFL) ||| (second <<< 32)).AsInt32()

        static member Sum value = Vector256.Sum(value: Vector256<int>)
