module QuantFunctional.Tests.FixedPointTests

open System
open Xunit
open QuantFunctional.FSharp

/// Every row of a golden file: all fields but the last go in, the last comes out.
let private agrees (file: string) (atLeast: int) (compute: int64 array -> int64) =
    let rows = Shared.rows file

    let differing =
        rows
        |> Array.filter (fun (_, fields) ->
            let numbers = Array.map int64 fields
            compute (Array.take (numbers.Length - 1) numbers) <> Array.last numbers)
        |> Array.truncate 5
        |> Array.map (fun (line, fields) -> $"{file}, line {line}: " + String.Join(",", fields))

    Assert.True(rows.Length >= atLeast, $"{file}: only {rows.Length} rows")
    Assert.True(Array.isEmpty differing, String.Join("; ", differing))

[<SharedFact>]
let ``every golden row of gemmlowp's saturating rounding doubling high multiply agrees`` () =
    agrees "tflite/srdhm.csv" 1000 (fun row ->
        int64 (FixedPoint.saturatingRoundingDoublingHighMul (int row[0]) (int row[1])))

[<SharedFact>]
let ``every golden row of gemmlowp's rounding divide by a power of two agrees`` () =
    agrees "tflite/rounding_divide_by_pot.csv" 1000 (fun row ->
        int64 (FixedPoint.roundingDivideByPOT (int row[0]) (int row[1])))

[<SharedFact>]
let ``every golden row of TFLite's requantization with two roundings agrees`` () =
    agrees "tflite/multiply_by_quantized_multiplier_double.csv" 10_000 (fun row ->
        int64 (FixedPoint.multiplyByQuantizedMultiplier (int row[0]) (int row[1]) (int row[2])))

[<SharedFact>]
let ``every golden row of TFLite's requantization with one rounding agrees`` () =
    agrees "tflite/multiply_by_quantized_multiplier_single.csv" 10_000 (fun row ->
        int64 (FixedPoint.multiplyByQuantizedMultiplierSingleRounding (int row[0]) (int row[1]) (int row[2])))

[<SharedFact>]
let ``every golden row of TFLite's requantization of 64-bit accumulators agrees, in both builds`` () =
    for file in [ "double"; "single" ] do
        agrees $"tflite/multiply_by_quantized_multiplier_int64_{file}.csv" 6_000 (fun row ->
            FixedPoint.multiplyByQuantizedMultiplier64 row[0] (int row[1]) (int row[2]))

[<Fact>]
let ``a tie goes away from zero in two roundings, and up in one`` () =
    Assert.Equal(-3, FixedPoint.roundingDivideByPOT -5 1)
    Assert.Equal(3, FixedPoint.roundingDivideByPOT 5 1)
    Assert.Equal(Int128.op_Implicit -2, FixedPoint.roundingShiftTiesUp (Int128.op_Implicit -5) 1)
    Assert.Equal(Int128.op_Implicit 3, FixedPoint.roundingShiftTiesUp (Int128.op_Implicit 5) 1)
    Assert.Equal(Int128.op_Implicit -20, FixedPoint.roundingShiftTiesUp (Int128.op_Implicit -5) -2)
