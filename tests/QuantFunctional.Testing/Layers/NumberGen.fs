namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp

/// Numbers that the other generators are made of.
[<RequireQualifiedAccess>]
module NumberGen =

    /// From −1 to 1.
    let unit: Gen<float> =
        Gen.choose (-1_000_000, 1_000_000) |> Gen.map (fun n -> float n / 1e6)

    /// A positive number, every power of two in the range as likely as another.
    let magnitude (lowest: int) (highest: int) : Gen<float> =
        Gen.map2
            (fun exponent part -> Math.ScaleB(1.0 + float part / 1e6, exponent))
            (Gen.choose (lowest, highest))
            (Gen.frequency [ 1, Gen.constant 0; 3, Gen.choose (0, 999_999) ])

    /// The same with either sign.
    let signed (source: Gen<float>) : Gen<float> =
        Gen.map2 (fun (negative: bool) x -> if negative then -x else x) (Gen.elements [ true; false ]) source
