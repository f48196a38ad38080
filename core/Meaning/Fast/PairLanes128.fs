namespace QuantFunctional.FSharp

#nowarn "3535" // static members of an interface: one loop for every width, and the compiler still sees plain instructions

open System
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86

/// 4 pairs at a time.
[<Struct>]
type internal PairLanes128 =

    static member inline private Halves(pairs: Vector128<int>, weights: Vector128<int>) : Vector128<int> =
        if Sse2.IsSupported then
            Sse2.MultiplyAddAdjacent(pairs.AsInt16(), weights.AsInt16())
        else
            ((pairs <<< 16) >>> 16) * ((weights <<< 16) >>> 16) + (pairs >>> 16) * (weights >>> 16)

    /// The products of every other value, those in the lower halves of 64 bits.
    static member inline private Products(value: Vector128<int>, multiplier: int) : Vector128<int64> =
        if Sse41.IsSupported then
            Sse41.Multiply(value, Vector128.Create(multiplier: int))
        else
            let value = value.AsInt64()
            Vector128.ShiftRightArithmetic(value <<< 32, 32) * Vector128.Create(int64 multiplier)

    static member inline private Rounded(product: Vector128<int64>, nudge: int64, right: int) : Vector128<int64> =
        // there is no arithmetic shift of 64 bits: the sign is lifted away and taken off again
        let lifted =
            (product + Vector128.Create(nudge: int64)) ^^^ Vector128.Create Int64.MinValue

        Vector128.ShiftRightLogical(lifted, right)
        - Vector128.ShiftRightLogical(Vector128.Create Int64.MinValue, right)

    interface IPairLanes<Vector128<int>> with
        static member Count = 4
        static member Zero = Vector128<int>.Zero
        static member Fill value = Vector128.Create(value: int)

        static member Load(source, at) =
            Vector128.LoadUnsafe(&source, unativeint at)

        static member LoadShorts(source, at) =
            let from = &Unsafe.As<int16, byte>(&Unsafe.Add(&source, at))
            Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int64> &from).AsInt16())

        static member Save(value, target, at) =
            Vector128.StoreUnsafe(value, &target, unativeint at)

        static member SaveBytes(value: Vector128<int>, target: byref<sbyte>, at: nativeint) =
            let short = Vector128.Narrow(value, value)
            let bytes = Vector128.Narrow(short, short).AsInt32().ToScalar()
            Unsafe.WriteUnaligned(&Unsafe.As<sbyte, byte>(&Unsafe.Add(&target, at)), bytes)

        static member MultiplyAdd(sum, pairs, weights) =
            Vector128.Add(sum, PairLanes128.Halves(pairs, weights))

        static member Add(first, second) = Vector128.Add(first, second)
        static member Subtract(first, second) = Vector128.Subtract(first, second)
        static member And(first, second) = Vector128.BitwiseAnd(first, second)
        static member Or(first, second) = Vector128.BitwiseOr(first, second)

        static member ShiftLeft(value, bits) =
            Vector128.ShiftLeft((value: Vector128<int>), bits)

        static member ShiftRight(value, bits) =
            Vector128.ShiftRightArithmetic((value: Vector128<int>), bits)

        static member Clamp(value, low, high) =
            Vector128.Min(Vector128.Max(value, Vector128.Create(low: int)), Vector128.Create(high: int))

        static member Single(value, factor, low, high) =
            let product =
                Vector128.Multiply(Vector128.ConvertToSingle(value: Vector128<int>), Vector128.Create(factor: float32))

            let held =
                Vector128.ClampNative(product, Vector128.Create(low: float32), Vector128.Create(high: float32))

            Vector128.ConvertToInt32Native(Vector128.Round held)

        static member Scaled(value, multiplier, nudge, right, low, high) =
            let low, high = Vector128.Create(int64 low), Vector128.Create(int64 high)
            let odd = Vector128.ShiftRightLogical(value.AsInt64(), 32).AsInt32()

            let first =
                PairLanes128.Rounded(PairLanes128.Products(value, multiplier), nudge, right)

            let second =
                PairLanes128.Rounded(PairLanes128.Products(odd, multiplier), nudge, right)

            let first = Vector128.Min(Vector128.Max(first, low), high)
            let second = Vector128.Min(Vector128.Max(second, low), high)
            ((first &&& Vector128.Create 0xFFFFFFFFL) ||| (second <<< 32)).AsInt32()

        static member Sum value = Vector128.Sum(value: Vector128<int>)
