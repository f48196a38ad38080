namespace QuantFunctional.Processors

open System

/// How an output differs from what it is compared with, over all samples.
type Differences =
    {
        Elements: int64
        Differing: int64
        /// In the output's unit.
        Largest: int64
    }

/// Counts the elements of two outputs that differ, bit for bit.
[<RequireQualifiedAccess>]
module Differences =

    let none: Differences =
        {
            Elements = 0L
            Differing = 0L
            Largest = 0L
        }

    /// The place of a float among all floats: neighbours are one apart, and -0 lies just below 0.
    let private place (value: float32) : int64 =
        let bits = BitConverter.SingleToInt32Bits value

        if bits >= 0 then
            int64 bits
        else
            -1L - int64 (bits &&& Int32.MaxValue)

    let private realDistance (unit: Unit) (a: float32) (b: float32) : int64 =
        match unit with
        | Unit.Steps step when Single.IsFinite a && Single.IsFinite b ->
            // less than half a step apart is still a difference
            max 1L (int64 (Math.Round(abs (float a - float b) / float step)))
        | _ -> abs (place a - place b)

    let private counted (elements: int) (distances: int64 seq) : Differences =
        let mutable differing, largest = 0L, 0L

        for distance in distances do
            if distance <> 0L then
                differing <- differing + 1L
                largest <- max largest distance

        {
            Elements = int64 elements
            Differing = differing
            Largest = largest
        }

    /// The differences of one run. Sizes or types that differ make every element differ.
    let between (unit: Unit) (a: Tensor) (b: Tensor) : Differences =
        let elements = Tensor.count a

        if a.Type <> b.Type || a.Sizes <> b.Sizes then
            {
                Elements = int64 elements
                Differing = int64 elements
                Largest = Int64.MaxValue
            }
        elif a.Type = Tensor.float32 then
            Seq.map2
                (fun (a: float32) b ->
                    if BitConverter.SingleToInt32Bits a = BitConverter.SingleToInt32Bits b then
                        0L
                    else
                        realDistance unit a b)
                (Tensor.floats a)
                (Tensor.floats b)
            |> counted elements
        else
            Seq.map2 (fun (a: int64) b -> abs (a - b)) (Tensor.wholes a) (Tensor.wholes b) |> counted elements

    let add (a: Differences) (b: Differences) : Differences =
        {
            Elements = a.Elements + b.Elements
            Differing = a.Differing + b.Differing
            Largest = max a.Largest b.Largest
        }
