namespace QuantFunctional.FSharp

#nowarn "3535" // static members of an interface: one loop for every width, and the compiler still sees plain instructions

/// What the fast executor's loops ask of vectors of int32 of one width. A pair is an int32 that holds two int16: the input of
/// an even channel in its lower half, that of the odd channel after it in its upper one; a quad holds four bytes. Every
/// member means the same on every width and on every processor.
type internal IPairLanes<'V> =
    static abstract Count: int
    static abstract Zero: 'V
    static abstract Fill: value: int -> 'V
    static abstract Load: source: byref<int> * at: nativeint -> 'V
    static abstract LoadShorts: source: byref<int16> * at: nativeint -> 'V
    static abstract Save: value: 'V * target: byref<int> * at: nativeint -> unit

    /// The integers of −128 to 127 as bytes.
    static abstract SaveBytes: value: 'V * target: byref<sbyte> * at: nativeint -> unit

    /// The products of the pairs or quads, added to a sum, in int32.
    static abstract MultiplyAdd: sum: 'V * pairs: 'V * weights: 'V -> 'V

    static abstract Add: first: 'V * second: 'V -> 'V
    static abstract Subtract: first: 'V * second: 'V -> 'V
    static abstract And: first: 'V * second: 'V -> 'V
    static abstract Or: first: 'V * second: 'V -> 'V
    static abstract ShiftLeft: value: 'V * bits: int -> 'V

    /// Floor.
    static abstract ShiftRight: value: 'V * bits: int -> 'V

    static abstract Clamp: value: 'V * low: int * high: int -> 'V

    /// float(value)·factor in float32, clamped, then rounded half to even.
    static abstract Single: value: 'V * factor: float32 * low: float32 * high: float32 -> 'V

    /// (value·multiplier + nudge) >> right in 64 bits, clamped; right is 0 to 62.
    static abstract Scaled: value: 'V * multiplier: int * nudge: int64 * right: int * low: int * high: int -> 'V

    static abstract Sum: value: 'V -> int
