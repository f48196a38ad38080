namespace QuantFunctional.FSharp

open System
open System.Globalization

/// Real numbers as text that parses back to the very same number: the one place that writes them.
[<RequireQualifiedAccess>]
module RealText =

    let private invariant = CultureInfo.InvariantCulture

    /// The fewest digits that mean x. .NET takes digits away from some powers of two, 2^−25 and 2^−958, until they mean the
    /// double below; those are written with the 17 digits that tell any two doubles apart.
    let ofDouble (x: float) : string =
        let shortest = x.ToString("R", invariant)

        if x.Equals(Double.Parse(shortest, invariant)) then
            shortest
        else
            x.ToString("G17", invariant)

    /// The fewest digits that mean x among the float32 numbers, else the 9 that tell any two of them apart.
    let ofSingle (x: float32) : string =
        let shortest = x.ToString("R", invariant)

        if x.Equals(Single.Parse(shortest, invariant)) then
            shortest
        else
            x.ToString("G9", invariant)
