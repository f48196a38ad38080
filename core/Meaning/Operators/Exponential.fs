namespace QuantFunctional.FSharp

open System

/// e^x and ln x from additions and multiplications of doubles alone, so that every machine gives the same bits; within
/// two units of the last place.
[<RequireQualifiedAccess>]
module Exponential =

    // ln 2 in two parts; the first has room for the product with any exponent
    let private ln2High = 6.93147180369123816490e-01
    let private ln2Low = 1.90821492927058770002e-10

    let private terms = 16

    /// e^x.
    let exp (x: float) : float =
        let k = Math.Round(x / (ln2High + ln2Low), MidpointRounding.ToEven)
        let r = (x - k * ln2High) - k * ln2Low

        let series = List.foldBack (fun n rest -> 1.0 + r * rest / float n) [ 1..terms ] 1.0

        Math.ScaleB(series, int k)

    /// ln x of a positive number, by Newton's method on e^y = x.
    let ln (x: float) : float =
        let start = float (Math.ILogB x) * (ln2High + ln2Low)

        Seq.fold (fun y _ -> y + 2.0 * (x - exp y) / (x + exp y)) start [ 1..6 ]
