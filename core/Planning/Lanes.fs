namespace QuantFunctional.FSharp

#nowarn "3535" // static members of an interface: one loop for every width, and the compiler still sees plain instructions

open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86

/// What the loops over weights ask of vectors of one width: so many float32 as 'Real, the same as doubles in 'Exact, as int32
/// in 'Whole. Every member means the same on every width and on every processor.
type internal ILanes<'Real, 'Exact, 'Whole> =
    static abstract Count: int
    static abstract Load: source: byref<float32> * at: int -> 'Real
    static abstract Fill: value: float32 -> 'Real
    static abstract LoadExact: source: byref<float> * at: int -> 'Exact
    static abstract FillExact: value: float -> 'Exact
    static abstract LoadWhole: source: byref<int> * at: int -> 'Whole
    static abstract SaveWhole: value: 'Whole * target: byref<int> * at: int -> unit

    /// The integers of −128 to 127 as bytes.
    static abstract SaveBytes: value: 'Whole * target: byref<sbyte> * at: int -> unit

    static abstract Product: first: 'Real * second: 'Real -> 'Real

    /// Nearest integers, ties to even.
    static abstract Round: value: 'Real -> 'Real

    /// True where no value is farther than the limit from its rounded one; false where one is NaN.
    static abstract IsNear: value: 'Real * rounded: 'Real * limit: 'Real -> bool

    /// Rounded values held in [−most, most].
    static abstract Clamp: rounded: 'Real * most: 'Real -> 'Whole

    /// clamp(rne(value·scale)) with the product in double.
    static abstract Quantize: value: 'Real * scale: 'Exact * most: float -> 'Whole

    static abstract Zero: 'Whole
    static abstract Add: first: 'Whole * second: 'Whole -> 'Whole
    static abstract AboveZero: value: 'Whole -> 'Whole
    static abstract Sum: value: 'Whole -> int

/// The doubles of 16 float32.
[<Struct>]
type internal Exact512 =
    val Lower: Vector512<float>
    val Upper: Vector512<float>
    new(lower, upper) = { Lower = lower; Upper = upper }

/// 16 weights at a time.
[<Struct>]
type internal Lanes512 =
    interface ILanes<Vector512<float32>, Exact512, Vector512<int>> with
        static member Count = 16

        static member Load(source, at) =
            Vector512.LoadUnsafe(&source, unativeint at)

        static member Fill value = Vector512.Create(value: float32)

        static member LoadExact(source, at) =
            Exact512(Vector512.LoadUnsafe(&source, unativeint at), Vector512.LoadUnsafe(&source, unativeint at + 8un))

        static member FillExact value =
            Exact512(Vector512.Create(value: float), Vector512.Create value)

        static member LoadWhole(source, at) =
            Vector512.LoadUnsafe(&source, unativeint at)

        static member SaveWhole(value, target, at) =
            Vector512.StoreUnsafe(value, &target, unativeint at)

        static member SaveBytes(value: Vector512<int>, target: byref<sbyte>, at: int) =
            let bytes =
                if Avx512F.IsSupported then
                    Avx512F.ConvertToVector128SByte value
                else
                    let short = Vector256.Narrow(value.GetLower(), value.GetUpper())
                    Vector128.Narrow(short.GetLower(), short.GetUpper())

            Vector128.StoreUnsafe(bytes, &target, unativeint at)

        static member Product(first, second) = Vector512.Multiply(first, second)

        static member Round value =
            Vector512.Round(value: Vector512<float32>)

        static member IsNear(value, rounded, limit) =
            Vector512.LessThanOrEqualAll(Vector512.Abs(Vector512.Subtract(value, rounded)), limit)

        static member Clamp(rounded, most) =
            Vector512.ConvertToInt32Native(Vector512.ClampNative(rounded, Vector512.Negate most, most))

        static member Quantize(value, scale, most) =
            let most = Vector512.Create(most: float)
            let lower = Vector512.Multiply(Vector512.WidenLower value, scale.Lower)
            let upper = Vector512.Multiply(Vector512.WidenUpper value, scale.Upper)
            let lower = Vector512.Round(Vector512.ClampNative(lower, -most, most))
            let upper = Vector512.Round(Vector512.ClampNative(upper, -most, most))
            Vector512.ConvertToInt32Native(Vector512.Narrow(lower, upper))

        static member Zero = Vector512<int>.Zero
        static member Add(first, second) = Vector512.Add(first, second)

        static member AboveZero value =
            Vector512.Max(value, Vector512<int>.Zero)

        static member Sum value = Vector512.Sum(value: Vector512<int>)

/// The doubles of 8 float32.
[<Struct>]
type internal Exact256 =
    val Lower: Vector256<float>
    val Upper: Vector256<float>
    new(lower, upper) = { Lower = lower; Upper = upper }

/// 8 weights at a time.
[<Struct>]
type internal Lanes256 =
    interface ILanes<Vector256<float32>, Exact256, Vector256<int>> with
        static member Count = 8

        static member Load(source, at) =
            Vector256.LoadUnsafe(&source, unativeint at)

        static member Fill value = Vector256.Create(value: float32)

        static member LoadExact(source, at) =
            Exact256(Vector256.LoadUnsafe(&source, unativeint at), Vector256.LoadUnsafe(&source, unativeint at + 4un))

        static member FillExact value =
            Exact256(Vector256.Create(value: float), Vector256.Create value)

        static member LoadWhole(source, at) =
            Vector256.LoadUnsafe(&source, unativeint at)

        static member SaveWhole(value, target, at) =
            Vector256.StoreUnsafe(value, &target, unativeint at)

        static member SaveBytes(value: Vector256<int>, target: byref<sbyte>, at: int) =
            let short = Vector128.Narrow(Vector256.GetLower value, Vector256.GetUpper value)
            let bytes = Vector128.Narrow(short, short).AsInt64().ToScalar()
            let into = &Unsafe.As<sbyte, byte>(&Unsafe.Add(&target, at))
            Unsafe.WriteUnaligned(&into, bytes)

        static member Product(first, second) = Vector256.Multiply(first, second)

        static member Round value =
            Vector256.Round(value: Vector256<float32>)

        static member IsNear(value, rounded, limit) =
            Vector256.LessThanOrEqualAll(Vector256.Abs(Vector256.Subtract(value, rounded)), limit)

        static member Clamp(rounded, most) =
            Vector256.ConvertToInt32Native(Vector256.ClampNative(rounded, Vector256.Negate most, most))

        static member Quantize(value, scale, most) =
            let most = Vector256.Create(most: float)
            let lower = Vector256.Multiply(Vector256.WidenLower value, scale.Lower)
            let upper = Vector256.Multiply(Vector256.WidenUpper value, scale.Upper)
            let lower = Vector256.Round(Vector256.ClampNative(lower, -most, most))
            let upper = Vector256.Round(Vector256.ClampNative(upper, -most, most))
            Vector256.ConvertToInt32Native(Vector256.Narrow(lower, upper))

        static member Zero = Vector256<int>.Zero
        static member Add(first, second) = Vector256.Add(first, second)

        static member AboveZero value =
            Vector256.Max(value, Vector256<int>.Zero)

        static member Sum value = Vector256.Sum(value: Vector256<int>)

/// The doubles of 4 float32.
[<Struct>]
type internal Exact128 =
    val Lower: Vector128<float>
    val Upper: Vector128<float>
    new(lower, upper) = { Lower = lower; Upper = upper }

/// 4 weights at a time.
[<Struct>]
type internal Lanes128 =
    interface ILanes<Vector128<float32>, Exact128, Vector128<int>> with
        static member Count = 4

        static member Load(source, at) =
            Vector128.LoadUnsafe(&source, unativeint at)

        static member Fill value = Vector128.Create(value: float32)

        static member LoadExact(source, at) =
            Exact128(Vector128.LoadUnsafe(&source, unativeint at), Vector128.LoadUnsafe(&source, unativeint at + 2un))

        static member FillExact value =
            Exact128(Vector128.Create(value: float), Vector128.Create value)

        static member LoadWhole(source, at) =
            Vector128.LoadUnsafe(&source, unativeint at)

        static member SaveWhole(value, target, at) =
            Vector128.StoreUnsafe(value, &target, unativeint at)

        static member SaveBytes(value: Vector128<int>, target: byref<sbyte>, at: int) =
            let short = Vector128.Narrow(value, value)
            let bytes = Vector128.Narrow(short, short).AsInt32().ToScalar()
            let into = &Unsafe.As<sbyte, byte>(&Unsafe.Add(&target, at))
            Unsafe.WriteUnaligned(&into, bytes)

        static member Product(first, second) = Vector128.Multiply(first, second)

        static member Round value =
            Vector128.Round(value: Vector128<float32>)

        static member IsNear(value, rounded, limit) =
            Vector128.LessThanOrEqualAll(Vector128.Abs(Vector128.Subtract(value, rounded)), limit)

        static member Clamp(rounded, most) =
            Vector128.ConvertToInt32Native(Vector128.ClampNative(rounded, Vector128.Negate most, most))

        static member Quantize(value, scale, most) =
            let most = Vector128.Create(most: float)
            let lower = Vector128.Multiply(Vector128.WidenLower value, scale.Lower)
            let upper = Vector128.Multiply(Vector128.WidenUpper value, scale.Upper)
            let lower = Vector128.Round(Vector128.ClampNative(lower, -most, most))
            let upper = Vector128.Round(Vector128.ClampNative(upper, -most, most))
            Vector128.ConvertToInt32Native(Vector128.Narrow(lower, upper))

        static member Zero = Vector128<int>.Zero
        static member Add(first, second) = Vector128.Add(first, second)

        static member AboveZero value =
            Vector128.Max(value, Vector128<int>.Zero)

        static member Sum value = Vector128.Sum(value: Vector128<int>)
