namespace QuantFunctional

/// h, the right shift inside the product (docs/arithmetic.md, activation paths).
[<RequireQualifiedAccess>]
module IntrinsicShift =

    /// The int15 path's product of the halved input: `INTRINSIC_SHIFT_LO`.
    [<Literal>]
    let Lo = 1

    /// The int15 path's product over another 128: `INTRINSIC_SHIFT_HI`.
    [<Literal>]
    let Hi = 8

    /// The shift of a path, where the larger one may have been asked for.
    let ofPath (path: ActivationPath) (raised: bool) : int =
        match path with
        | ActivationPath.Int8
        | ActivationPath.Int16 -> 0
        | ActivationPath.Int15 -> if raised then Hi else Lo

    /// The halves of a 16-bit input on 8-bit multipliers, its lowest bit dropped: hi of −128 to 127, lo of 0 to 127.
    let halves (stored: int) : struct (int * int) =
        let half = stored >>> 1
        struct (half >>> 7, half &&& 127)
