namespace QuantFunctional.FSharp

#nowarn "3535" // static members of an interface: one loop for every width, and the compiler still sees plain instructions

open System.Runtime.Intrinsics

/// What finding the largest weights and sums of two asks of vectors of one width: so many float32 as 'Real, and their
/// magnitudes as 'Bits, the bits of a float32 without its sign, which order as the magnitudes do (NaN above infinity).
type internal IMagnitudeLanes<'Real, 'Bits> =
    static abstract Count: int
    static abstract Load: source: byref<float32> * at: int -> 'Real
    static abstract LoadBits: source: byref<int> * at: int -> 'Bits
    static abstract SaveBits: value: 'Bits * target: byref<int> * at: int -> unit
    static abstract Plus: first: 'Real * second: 'Real -> 'Real

    /// Each even lane changes places with the odd one after it.
    static abstract Swapped: value: 'Real -> 'Real

    static abstract Magnitude: value: 'Real -> 'Bits

    /// All ones in so many lanes, 0 in the others.
    static abstract FirstLanes: count: int -> 'Bits

    static abstract Both: first: 'Bits * second: 'Bits -> 'Bits
    static abstract Larger: first: 'Bits * second: 'Bits -> 'Bits
    static abstract Zero: 'Bits
    static abstract Largest: value: 'Bits -> int

/// 16 weights at a time.
[<Struct>]
type internal Magnitudes512 =
    interface IMagnitudeLanes<Vector512<float32>, Vector512<int>> with
        static member Count = 16

        static member Load(source, at) =
            Vector512.LoadUnsafe(&source, unativeint at)

        static member LoadBits(source, at) =
            Vector512.LoadUnsafe(&source, unativeint at)

        static member SaveBits(value, target, at) =
            Vector512.StoreUnsafe(value, &target, unativeint at)

        static member Plus(first, second) = Vector512.Add(first, second)

        static member Swapped value =
            Vector512.Shuffle(
                (value: Vector512<float32>),
                Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
            )

        static member Magnitude value =
            Vector512.BitwiseAnd(Vector512.AsInt32(value: Vector512<float32>), Vector512.Create System.Int32.MaxValue)

        static member FirstLanes count =
            Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count: int))

        static member Both(first, second) = Vector512.BitwiseAnd(first, second)

        static member Larger(first, second) =
            Vector512.Max((first: Vector512<int>), second)

        static member Zero = Vector512<int>.Zero

        static member Largest value =
            let half = Vector256.Max(Vector512.GetLower value, Vector512.GetUpper value)
            let quarter = Vector128.Max(Vector256.GetLower half, Vector256.GetUpper half)

            let pair =
                Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)))

            max (Vector128.GetElement(pair, 0)) (Vector128.GetElement(pair, 1))

/// 8 weights at a time.
[<Struct>]
type internal Magnitudes256 =
    interface IMagnitudeLanes<Vector256<float32>, Vector256<int>> with
        static member Count = 8

        static member Load(source, at) =
            Vector256.LoadUnsafe(&source, unativeint at)

        static member LoadBits(source, at) =
            Vector256.LoadUnsafe(&source, unativeint at)

        static member SaveBits(value, target, at) =
            Vector256.StoreUnsafe(value, &target, unativeint at)

        static member Plus(first, second) = Vector256.Add(first, second)

        static member Swapped value =
            Vector256.Shuffle((value: Vector256<float32>), Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6))

        static member Magnitude value =
            Vector256.BitwiseAnd(Vector256.AsInt32(value: Vector256<float32>), Vector256.Create System.Int32.MaxValue)

        static member FirstLanes count =
            Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count: int))

        static member Both(first, second) = Vector256.BitwiseAnd(first, second)

        static member Larger(first, second) =
            Vector256.Max((first: Vector256<int>), second)

        static member Zero = Vector256<int>.Zero

        static member Largest value =
            let quarter = Vector128.Max(Vector256.GetLower value, Vector256.GetUpper value)

            let pair =
                Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)))

            max (Vector128.GetElement(pair, 0)) (Vector128.GetElement(pair, 1))

/// 4 weights at a time.
[<Struct>]
type internal Magnitudes128 =
    interface IMagnitudeLanes<Vector128<float32>, Vector128<int>> with
        static member Count = 4

        static member Load(source, at) =
            Vector128.LoadUnsafe(&source, unativeint at)

        static member LoadBits(source, at) =
            Vector128.LoadUnsafe(&source, unativeint at)

        static member SaveBits(value, target, at) =
            Vector128.StoreUnsafe(value, &target, unativeint at)

        static member Plus(first, second) = Vector128.Add(first, second)

        static member Swapped value =
            Vector128.Shuffle((value: Vector128<float32>), Vector128.Create(1, 0, 3, 2))

        static member Magnitude value =
            Vector128.BitwiseAnd(Vector128.AsInt32(value: Vector128<float32>), Vector128.Create System.Int32.MaxValue)

        static member FirstLanes count =
            Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count: int))

        static member Both(first, second) = Vector128.BitwiseAnd(first, second)

        static member Larger(first, second) =
            Vector128.Max((first: Vector128<int>), second)

        static member Zero = Vector128<int>.Zero

        static member Largest value =
            let pair =
                Vector128.Max(value, Vector128.Shuffle(value, Vector128.Create(2, 3, 0, 1)))

            max (Vector128.GetElement(pair, 0)) (Vector128.GetElement(pair, 1))
