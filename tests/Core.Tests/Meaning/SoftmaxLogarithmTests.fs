module QuantFunctional.Tests.SoftmaxLogarithmTests

open System
open Xunit
open QuantFunctional.FSharp
open QuantFunctional.Testing

// numbers as multiples of 2^−160
let private places = 160

/// atanh(top/bottom) by its series, for a fraction of at most 1/3; within a few hundred units.
let private atanh (top: bigint) (bottom: bigint) : bigint =
    let first = (top <<< places) / bottom

    Seq.unfold
        (fun (n: int, power: bigint) ->
            if power.IsZero then
                None
            else
                Some(power / bigint n, (n + 2, power * top * top / (bottom * bottom))))
        (1, first)
    |> Seq.sum

let private ln2 = 2I * atanh 1I 3I

/// ln x of a float32 of at least 1, within a few thousand units.
let private ln (x: float32) : bigint =
    let exponent = Math.ILogB(float x)
    let fraction = bigint (int64 (Math.ScaleB(float x, 23 - exponent))) // of 2^23
    bigint exponent * ln2 + 2I * atanh (fraction - (1I <<< 23)) (fraction + (1I <<< 23))

let private units (x: float) : bigint =
    Exact.floor (Exact.ofFloat x * Exact.pow2 places)

[<Fact>]
let ``the logarithm in the table of a Softmax is the float32 nearest to it for any number of elements`` () =
    let random = Random 9

    let counts =
        Seq.concat
            [
                seq { 1..20_000 }
                Seq.init 20_000 (fun _ -> random.Next(20_000, Int32.MaxValue))
            ]

    for count in counts do
        let found = OnnxRuntimeSoftmax.lnOfLargestTerm count
        let exact = ln (Single.MaxValue / float32 count)
        // doubles hold what lies half way between two float32 numbers
        let below = units ((float found + float (MathF.BitDecrement found)) / 2.0)
        let above = units ((float found + float (MathF.BitIncrement found)) / 2.0)
        Assert.True((below + 10000I < exact && exact < above - 10000I), $"{count}: {found}")
