namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// Two int4 values a byte: the first of each two in the low half, the second in the high half, both in two's complement;
/// where the count is odd, the last byte's high half is 0. So do ONNX files.
[<RequireQualifiedAccess>]
module Int4Packing =

    /// How many bytes so many values take.
    let byteCount (count: int) : int = count / 2 + count % 2

    /// The bytes that hold values of −8 to 7. Refused: any other value, by its index.
    let pack (values: ReadOnlySpan<sbyte>) : Result<byte array, Refusal> =
        let bytes = Array.zeroCreate<byte>(byteCount values.Length)
        let mutable outside = -1

        for i in values.Length - 1 .. -1 .. 0 do
            if values[i] < -8y || values[i] > 7y then
                outside <- i

            bytes[i / 2] <- bytes[i / 2] ||| (byte (values[i] &&& 15y) <<< i % 2 * 4)

        if outside < 0 then
            Ok bytes
        else
            Error(Refusal.PackingNotFit $"the value at index {outside} is {values[outside]}: int4 holds -8 to 7")

    /// The values that bytes hold. Refused: another number of bytes than so many values take.
    let unpack (count: int) (bytes: ReadOnlySpan<byte>) : Result<sbyte array, Refusal> =
        if count < 0 || bytes.Length <> byteCount count then
            Error(Refusal.PackingNotFit $"there are {bytes.Length} bytes for {count} values: two values take one byte")
        else
            let values = Array.zeroCreate<sbyte> count

            for i in 0 .. count - 1 do
                // the half's own sign, from the top of the byte
                values[i] <- sbyte (bytes[i / 2] <<< 4 * (1 - i % 2)) >>> 4

            Ok values
