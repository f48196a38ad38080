namespace QuantFunctional.Processors

open System

/// Pictures made of pictures: mirrored, and moved by a few places.
[<RequireQualifiedAccess>]
module Moved =

    let private by = 3

    /// The elements of every row, taken from other places of it, or from another row.
    let private rearranged (source: int -> int -> int -> int -> struct (int * int)) (tensor: Tensor) : Tensor =
        match tensor.Sizes with
        | [| _; _; height; width |] ->
            let height, width = int height, int width
            let size = Tensor.elementSize tensor.Type
            let bytes = Array.zeroCreate<byte> tensor.Bytes.Length

            for row in 0 .. bytes.Length / (width * size) - 1 do
                let plane = row / height * height

                for column in 0 .. width - 1 do
                    let struct (fromRow, fromColumn) = source height width (row - plane) column
                    let from = ((plane + fromRow) * width + fromColumn) * size
                    Buffer.BlockCopy(tensor.Bytes, from, bytes, (row * width + column) * size, size)

            { tensor with Bytes = bytes }
        | _ -> tensor

    let private mirrored: Tensor -> Tensor =
        rearranged (fun _ width row column -> struct (row, width - 1 - column))

    let private shifted: Tensor -> Tensor =
        rearranged (fun height width row column -> struct ((row + by) % height, (column + by) % width))

    /// The samples, each followed by itself mirrored, and moved by three rows and columns, which come in again at the other
    /// side. Tensors of another rank than 4 stay as they are.
    let beside (samples: Tensor list seq) : Tensor list seq =
        samples
        |> Seq.collect (fun tensors -> [ tensors; List.map mirrored tensors; List.map shifted tensors ])
