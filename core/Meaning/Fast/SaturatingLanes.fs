namespace QuantFunctional.FSharp

#nowarn "3535" // static members of an interface: one loop for every width, and the compiler still sees plain instructions

open System

/// Pairs whose two products are added in 16 bits with saturation before they reach the sum. All else is as with pairs. The two
/// products of an unsigned byte and a signed one fit int32 together, so that it is enough to cut their sum.
[<Struct>]
type internal SaturatingLanes<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct> =

    interface IPairLanes<'V> with
        static member Count = 'L.Count
        static member Zero = 'L.Zero
        static member Fill value = 'L.Fill value
        static member Load(source, at) = 'L.Load(&source, at)
        static member LoadShorts(source, at) = 'L.LoadShorts(&source, at)
        static member Save(value, target, at) = 'L.Save(value, &target, at)
        static member SaveBytes(value, target, at) = 'L.SaveBytes(value, &target, at)

        static member MultiplyAdd(sum, pairs, weights) =
            let pair = 'L.MultiplyAdd('L.Zero, pairs, weights)
            'L.Add(sum, 'L.Clamp(pair, int Int16.MinValue, int Int16.MaxValue))

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
