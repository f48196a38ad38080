module QuantFunctional.Tests.Int4PackingTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.WeightOnlyCases

[<Property(MaxTest = 300)>]
let ``int4 values are packed two a byte and come back`` (halves: byte array) =
    let values = halves |> Array.map (fun half -> sbyte (half % 16uy) - 8y)
    let bytes = Int4Packing.pack (ReadOnlySpan values) |> need
    Assert.Equal((values.Length + 1) / 2, bytes.Length)
    Assert.Equal<sbyte array>(values, Int4Packing.unpack values.Length (ReadOnlySpan bytes) |> need)

[<Fact>]
let ``the first of two int4 values lies in the low half, and an odd count leaves the last high half 0`` () =
    Assert.Equal<byte array>(
        [| 0x21uy; 0xF8uy; 0x07uy |],
        Int4Packing.pack (ReadOnlySpan [| 1y; 2y; -8y; -1y; 7y |]) |> need
    )

[<Fact>]
let ``what int4 does not hold is refused by its index`` () =
    match Int4Packing.pack (ReadOnlySpan [| 1y; 8y; -9y |]) with
    | Error refusal -> Assert.Contains("index 1 is 8", refusal.Message)
    | Ok _ -> failwith "it was packed"

    for count in [ 0; 1; 2; 5; -1 ] do
        match Int4Packing.unpack count (ReadOnlySpan [| 1uy; 2uy |]) with
        | Error refusal -> Assert.Contains($"2 bytes for {count} values", refusal.Message)
        | Ok _ -> failwith "it was unpacked"
