namespace QuantFunctional.Processors

open System
open System.Buffers.Binary
open System.IO
open System.Runtime.InteropServices

/// The elements of an array in memory, whatever their type.
type Tensor =
    {
        /// The number that ONNX gives the element type.
        Type: int
        Sizes: int64 array
        /// The elements in row order, little-endian.
        Bytes: byte array
    }

/// Tensors as .NET arrays, and as the runners read and write them.
[<RequireQualifiedAccess>]
module Tensor =

    let float32, uint8, int8, int32, int64 = 1, 2, 3, 6, 7

    /// The bytes of one element.
    let elementSize (elementType: int) : int =
        match elementType with
        | 2
        | 3
        | 9 -> 1
        | 4
        | 5
        | 10 -> 2
        | 1
        | 6
        | 12 -> 4
        | 7
        | 11
        | 13 -> 8
        | other -> invalidOp $"elements of ONNX's type {other} are not read."

    let count (tensor: Tensor) : int =
        tensor.Bytes.Length / elementSize tensor.Type

    let make (elementType: int) (sizes: int list) (bytes: byte array) : Tensor =
        {
            Type = elementType
            Sizes = sizes |> List.map Operators.int64 |> List.toArray
            Bytes = bytes
        }

    let ofFloats (sizes: int list) (values: float32 array) : Tensor =
        make float32 sizes (MemoryMarshal.AsBytes(ReadOnlySpan values).ToArray())

    /// Sums as int32.
    let ofSums (sizes: int list) (values: int array) : Tensor =
        make int32 sizes (MemoryMarshal.AsBytes(ReadOnlySpan values).ToArray())

    /// Stored integers as int8 or uint8.
    let ofStored (signed: bool) (sizes: int list) (values: int array) : Tensor =
        make (if signed then int8 else uint8) sizes (values |> Array.map byte)

    let floats (tensor: Tensor) : float32 array =
        MemoryMarshal.Cast<byte, float32>(ReadOnlySpan tensor.Bytes).ToArray()

    /// Integers of any type but uint64. What is no integer is read as the integer of its bits.
    let wholes (tensor: Tensor) : int64 array =
        let bytes = tensor.Bytes

        match tensor.Type with
        | 2
        | 9 -> bytes |> Array.map Operators.int64
        | 3 -> bytes |> Array.map (sbyte >> Operators.int64)
        | 4
        | 10 -> MemoryMarshal.Cast<byte, uint16>(ReadOnlySpan bytes).ToArray() |> Array.map Operators.int64
        | 5 -> MemoryMarshal.Cast<byte, int16>(ReadOnlySpan bytes).ToArray() |> Array.map Operators.int64
        | 6 -> MemoryMarshal.Cast<byte, int>(ReadOnlySpan bytes).ToArray() |> Array.map Operators.int64
        | 12 -> MemoryMarshal.Cast<byte, uint32>(ReadOnlySpan bytes).ToArray() |> Array.map Operators.int64
        | _ -> MemoryMarshal.Cast<byte, int64>(ReadOnlySpan bytes).ToArray()

    let private word (number: int) : byte array =
        let bytes = Array.zeroCreate<byte> 4
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number)
        bytes

    /// Writes the tensors of one sample: their number, then each with its type, rank, sizes and bytes.
    let writeAll (stream: Stream) (tensors: Tensor list) : unit =
        let write (bytes: byte array) = stream.Write(ReadOnlySpan bytes)
        write (word tensors.Length)

        for tensor in tensors do
            write (word tensor.Type)
            write (word tensor.Sizes.Length)
            write (MemoryMarshal.AsBytes(ReadOnlySpan tensor.Sizes).ToArray())
            write tensor.Bytes

    /// Reads the tensors of one sample.
    let readAll (reader: BinaryReader) : Tensor list =
        [
            for _ in 1 .. reader.ReadInt32() do
                let elementType = reader.ReadInt32()
                let sizes = Array.init (reader.ReadInt32()) (fun _ -> reader.ReadInt64())
                let bytes = int (Array.fold (*) 1L sizes) * elementSize elementType

                {
                    Type = elementType
                    Sizes = sizes
                    Bytes = reader.ReadBytes bytes
                }
        ]

    /// Writes a feed or a result: the number of samples, then the tensors of each.
    let writeSamples (path: string) (samples: Tensor list seq) : unit =
        use file = File.Create path
        let mutable written = 0
        file.Write(ReadOnlySpan(word 0))

        for tensors in samples do
            written <- written + 1
            writeAll file tensors

        file.Position <- 0L
        file.Write(ReadOnlySpan(word written))

    /// Reads the samples of a feed or a result, one after the other.
    let readSamples (path: string) : Tensor list seq =
        seq {
            use reader = new BinaryReader(File.OpenRead path)

            for _ in 1 .. reader.ReadInt32() do
                readAll reader
        }
