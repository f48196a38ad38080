namespace QuantFunctional.FSharp

#nowarn "3535" // static members of an interface: one loop for every width, and the compiler still sees plain instructions

open System
open System.Runtime.CompilerServices

/// One pair at a time, for processors without vectors.
[<Struct>]
type internal PairLanes1 =
    interface IPairLanes<int> with
        static member Count = 1
        static member Zero = 0
        static member Fill value = value
        static member Load(source, at) = Unsafe.Add(&source, at)
        static member LoadShorts(source, at) = int (Unsafe.Add(&source, at))

        static member Save(value, target, at) = Unsafe.Add(&target, at) <- value

        static member SaveBytes(value, target, at) = Unsafe.Add(&target, at) <- sbyte value

        static member MultiplyAdd(sum, pairs, weights) =
            sum + int (int16 pairs) * int (int16 weights) + (pairs >>> 16) * (weights >>> 16)

        static member Add(first, second) = first + second
        static member Subtract(first, second) = first - second
        static member And(first, second) = first &&& second
        static member Or(first, second) = first ||| second
        static member ShiftLeft(value, bits) = value <<< bits
        static member ShiftRight(value, bits) = value >>> bits
        static member Clamp(value, low, high) = Math.Clamp(value, low, high)

        static member Single(value, factor, low, high) =
            int (MathF.Round(Math.Clamp(float32 value * factor, low, high), MidpointRounding.ToEven))

        static member Scaled(value, multiplier, nudge, right, low, high) =
            int (Math.Clamp((int64 value * int64 multiplier + nudge) >>> right, int64 low, int64 high))

        static member Sum value = value
