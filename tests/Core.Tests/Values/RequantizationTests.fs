module QuantFunctional.Tests.RequantizationTests

open System
open System.Globalization
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 2000)>]
let ``P05 a multiplier has 31 bits and is within half a unit of S`` (PositiveDouble scale) =
    match Requantization.ofScale (MultiplierForm.Integer 31) scale with
    | Error _ -> Double.IsSubnormal scale |> Prop.classify true "refused"
    | Ok r ->
        (r.Multiplier >= (1 <<< 30) |> Prop.label "31 bits")
        .&. (Exact.near -31 (ScaleProperties.value r) (Exact.ofFloat scale)
             |> Prop.label $"{r.Multiplier}·2^-{r.Shift}")
        .&. (r.Scale = scale |> Prop.label "S")

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P05 a float32 factor is its own 24-bit mantissa`` (PositiveSingle single) =
    match Requantization.ofScale MultiplierForm.Single24 single with
    | Error refusal -> false |> Prop.label refusal.Message
    | Ok r ->
        let bits = BitConverter.SingleToInt32Bits(float32 single)
        let mantissa = (bits &&& 0x7FFFFF) ||| 0x800000
        let exponent = (bits >>> 23) - 127 - 23
        (r.Multiplier, r.Shift) = (mantissa, -exponent) |> Prop.label $"{r.Multiplier}·2^-{r.Shift}"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P05 every live channel of a planned layer holds S to 2^-31`` (case: LayerCase) = ScaleProperties.multiplier case

/// A hexadecimal float as C prints it: 0x1.8p-3.
let private ofHex (text: string) =
    let body = text.Substring 2
    let mantissa, exponent = body.Split 'p' |> fun parts -> parts[0], int parts[1]
    let digits = mantissa.Replace(".", "")

    let places =
        if mantissa.Contains '.' then
            mantissa.Length - 1 - mantissa.IndexOf '.'
        else
            0

    Math.ScaleB(float (Int64.Parse(digits, NumberStyles.HexNumber)), exponent - 4 * places)

[<SharedFact>]
let ``P05 every golden row of TFLite's multiplier agrees`` () =
    let rows = Shared.rows "tflite/quantize_multiplier.csv"

    let differing =
        rows
        |> Array.filter (fun (_, fields) ->
            let expected = int fields[2], int fields[3]

            match Requantization.ofScale (MultiplierForm.Integer 31) (ofHex fields[0]) with
            | Error _ -> expected <> (0, 0) // of 0 itself
            | Ok r when r.Shift > 62 -> expected <> (0, 0)
            | Ok r -> expected <> (r.Multiplier, 31 - r.Shift))

    let places =
        differing |> Array.truncate 5 |> Array.map (fun (line, fields) -> $"line {line}: {fields[0]}")

    Assert.True(rows.Length > 10_000, "rows are missing")
    Assert.True(Array.isEmpty differing, "quantize_multiplier.csv, " + String.Join("; ", places))

[<Theory>]
[<InlineData(0.0)>]
[<InlineData(-1.0)>]
[<InlineData(Double.NaN)>]
[<InlineData(Double.PositiveInfinity)>]
[<InlineData(Double.Epsilon)>]
let ``a factor that is not a positive normal double is refused`` (scale: float) =
    for form in [ (MultiplierForm.Integer 31); MultiplierForm.Single24 ] do
        match Requantization.ofScale form scale with
        | Error(Refusal.ScaleOutOfRange _) -> ()
        | other -> failwith $"{other}"

[<Property>]
let ``a shift raised by bits divides S and leaves the multiplier`` (PositiveInt n) (bits: sbyte) =
    match Requantization.ofScale (MultiplierForm.Integer 31) (float n / 1000.0) with
    | Error refusal -> failwith refusal.Message
    | Ok r ->
        let adjusted = Requantization.adjustShift (int bits) r

        ScaleProperties.value adjusted = ScaleProperties.value r * Exact.pow2 -(int bits)
        && Exact.ofFloat adjusted.Scale = Exact.ofFloat r.Scale * Exact.pow2 -(int bits)
        && Requantization.adjustShift -(int bits) adjusted = r

[<Fact>]
let ``a power of two has the multiplier 1`` () =
    Assert.Equal(Requantization.unit, Requantization.ofPow2 0)
    let eighth = Requantization.ofPow2 -3
    Assert.Equal((1, 3, 0.125), (eighth.Multiplier, eighth.Shift, eighth.Scale))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``parts from a document are taken if they are S to the rounding of the multiplier`` (PositiveDouble scale) =
    [ MultiplierForm.Integer 31; MultiplierForm.Integer 8; MultiplierForm.Single24 ]
    |> List.map (fun form ->
        match Requantization.ofScale form scale with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok r ->
            let ofParts multiplier shift =
                Requantization.ofParts scale multiplier shift

            let exact = ScaleProperties.value r = Exact.ofFloat scale

            (ofParts r.Multiplier r.Shift = Ok r |> Prop.label $"{form}: the parts themselves")
            .&. (Result.isError (ofParts (r.Multiplier + 2) r.Shift) |> Prop.label $"{form}: another multiplier")
            .&. (Result.isError (ofParts r.Multiplier (r.Shift + 1)) |> Prop.label $"{form}: another shift")
            .&. ((not exact || Result.isError (ofParts (r.Multiplier + 1) r.Shift))
                 |> Prop.label $"{form}: the neighbour of an exact multiplier"))
    |> List.reduce (.&.)

[<Fact>]
let ``parts that no S has are refused`` () =
    for scale, multiplier, shift in
        [
            0.0, 1, 0
            1.0, 0, 0
            1.0, -1, 0
            -1.0, -1, 0
            nan, 1, 0
            infinity, 1, -2000
            0.75, 1, 0 // the multiplier 1 is S exactly, or it is not S
            1.0, 3, 1
        ] do
        match Requantization.ofParts scale multiplier shift with
        | Error(Refusal.RequantizationNotConsistent(_, m, s)) -> Assert.Equal((multiplier, shift), (m, s))
        | other -> failwith $"{scale} {multiplier} {shift}: {other}"

    Assert.Equal(Ok(Requantization.ofPow2 -3), Requantization.ofParts 0.125 1 3)

[<Fact>]
let ``S is set to 1 in the chosen places alone`` () =
    let three =
        Channelwise.perChannel [ -2; 3; 0 ] |> Channelwise.map Requantization.ofPow2

    let set =
        Requantization.setUnitScale (Channelwise.perChannel [ false; true; false ]) three

    Assert.Equal<Channelwise<Requantization>>(Channelwise.perChannel [ three[0]; Requantization.unit; three[2] ], set)
    Assert.Equal((1.0, 1, 0), (set[1].Scale, set[1].Multiplier, set[1].Shift))

[<Fact>]
let ``P05 a tie between two multipliers goes away from zero, and a fraction that rounds up to 1 raises the exponent``
    ()
    =
    let parts form scale =
        match Requantization.ofScale form scale with
        | Ok r -> r.Multiplier, r.Shift
        | Error refusal -> failwith refusal.Message

    let tie = float (1 <<< 30) + 0.5
    Assert.Equal(((1 <<< 30) + 1, 31), parts (MultiplierForm.Integer 31) (Math.ScaleB(tie, -31)))
    Assert.Equal(((1 <<< 30) + 2, 31), parts (MultiplierForm.Integer 31) (Math.ScaleB(tie + 1.0, -31)))
    let justBelowOne = 1.0 - Math.ScaleB(1.0, -40)
    Assert.Equal((1 <<< 30, 30), parts (MultiplierForm.Integer 31) justBelowOne)
    Assert.Equal((1 <<< 23, 23), parts MultiplierForm.Single24 justBelowOne)
    Assert.Equal((1 <<< 14, 14), parts (MultiplierForm.Integer 15) justBelowOne)
