namespace QuantFunctional.FSharp

#nowarn "3535" // static members of an interface: one loop for every width, and the compiler still sees plain instructions

open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86

/// 8 quads at a time: unsigned bytes times signed ones, twice as many products to an instruction as of pairs. All else is as
/// with pairs. (.NET has the instruction for 256 bits alone.)
[<Struct>]
type internal QuadLanes256<'L when 'L :> IPairLanes<Vector256<int>> and 'L: struct> =

    static member inline private Product(quads: Vector256<int>, weights: Vector256<int>, at: int) : Vector256<int> =
        let input = (quads >>> 8 * at) &&& Vector256.Create 0xFF
        input * ((weights <<< 24 - 8 * at) >>> 24)

    // a method of its own, for what is short is compiled into the loops
    static member private Products(quads: Vector256<int>, weights: Vector256<int>) : Vector256<int> =
        QuadLanes256<'L>.Product(quads, weights, 0)
        + QuadLanes256<'L>.Product(quads, weights, 1)
        + QuadLanes256<'L>.Product(quads, weights, 2)
        + QuadLanes256<'L>.Product(quads, weights, 3)

    interface IPairLanes<Vector256<int>> with
        static member Count = 'L.Count
        static member Zero = 'L.Zero
        static member Fill value = 'L.Fill value
        static member Load(source, at) = 'L.Load(&source, at)
        static member LoadShorts(source, at) = 'L.LoadShorts(&source, at)
        static member Save(value, target, at) = 'L.Save(value, &target, at)
        static member SaveBytes(value, target, at) = 'L.SaveBytes(value, &target, at)

        static member MultiplyAdd(sum, quads, weights) =
            if AvxVnni.IsSupported then
                AvxVnni.MultiplyWideningAndAdd(sum, quads.AsByte(), weights.AsSByte())
            else
                Vector256.Add(sum, QuadLanes256<'L>.Products(quads, weights))

        static member Add(first, second) = 'L.Add(first, second)
        static member Subtract(first, second) = 'L.Subtract(first, second)
        static member And(first, second) = 'L.And(first, second)
        static member Or(first, second) = 'L.Or(first, second)
        static member ShiftLeft(value, bits) = 'L.ShiftLeft(value, bits)
        static member ShiftRight(value, bits) = 'L.ShiftRight(value, bits)
        static member Clamp(value, low, high) = 'L.Clamp(value, low, high)
        static member Single(value, factor, low, high) = 'L.Single(value, factor, low, high)

        static member Scaled(value, multiplier, nudge, right, low, high) =
            'L.Scaled(value, multiplier, nudge, right, low, high)

        static member Sum value = 'L.Sum value
