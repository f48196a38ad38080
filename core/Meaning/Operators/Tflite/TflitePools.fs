namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// TFLite's AVERAGE_POOL_2D and MEAN (reference/integer_ops/pooling.h, reference/reduce.h).
[<RequireQualifiedAccess>]
module TflitePools =

    /// The mean of so many signed integers, ties away from zero.
    let rounded (sum: int64) (count: int) : int =
        let half = int64 (count / 2)
        int ((if sum > 0L then sum + half else sum - half) / int64 count)

    let private sumOf (storage: Storage) (stored: int array) =
        Array.sumBy int64 stored - int64 storage.ZeroPoint * int64 stored.Length

    /// The mean over each window, in the storage of the input. The ties are those of signed integers: unsigned ones are
    /// brought there and back. Padding that counts holds the real 0.
    let average
        (storage: Storage)
        (countPadding: bool)
        (windows: KernelPlacement)
        (input: IntegerTensor)
        : IntegerTensor =
        let toSigned = if storage.Lowest = 0 then -(storage.Highest + 1) / 2 else 0

        let mean (inside: int array) padding =
            let padding = if countPadding then padding else 0
            let count = inside.Length + padding
            let sum = sumOf storage inside + int64 count * int64 (storage.ZeroPoint + toSigned)
            rounded sum count - toSigned

        Pools.overWindows windows mean input

    /// MEAN over a plane: one factor holds both the steps and the count. A sum beyond int32 is an OverflowException. None
    /// where the output is too fine for its factor.
    let mean (rounding: RequantizationRounding) (input: Storage) (output: Storage) : (int array -> int) option =
        TfliteFactor.ofReal (TfliteFactor.farthest input) (float input.Step / float output.Step)
        |> Option.map (fun steps plane ->
            let count = plane.Length
            let shift = min (Math.ILogB(float count)) (31 + steps.Exponent)

            let factor =
                {
                    Multiplier = int ((int64 steps.Multiplier <<< shift) / int64 count)
                    Exponent = steps.Exponent - shift
                }

            TfliteFactor.store output (TfliteFactor.multiply rounding factor (Checked.int (sumOf input plane))))
