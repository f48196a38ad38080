namespace QuantFunctional.Testing

open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.FSharp

/// Smaller shapes of a layer and its input.
[<RequireQualifiedAccess>]
module internal ShapeShrink =

    /// Fewer of so many indices: a run of them alone, the shortest first, then all but a run, the longest first. Runs have
    /// the lengths 1, 2, 4 and so on, since a kernel may accept multiples of such a number alone.
    let private fewer (count: int) : int list seq =
        let all = [ 0 .. count - 1 ]

        let lengths =
            List.unfold (fun length -> if length < count then Some(length, 2 * length) else None) 1

        let runs length =
            List.chunkBySize length all |> List.truncate 16

        seq {
            for length in lengths do
                yield! runs length |> List.filter (fun run -> run.Length = length)

            for length in List.rev lengths do
                yield! runs length |> List.map (fun run -> List.except run all)
        }

    let private geometry (parts: LayerParts) (change: Geometry -> Geometry) =
        { parts with
            Layer =
                { parts.Layer with
                    Geometry = change parts.Layer.Geometry
                }
        }

    /// Smaller numbers in place of one that must not fall below the lowest.
    let private lower (lowest: int) (values: ImmutableArray<int>) : ImmutableArray<int> seq =
        seq {
            for index in 0 .. values.Length - 1 do
                if values[index] > lowest then
                    yield values.SetItem(index, lowest)
                    yield values.SetItem(index, values[index] - 1)
        }

    /// Simpler geometries of the same kernel.
    let private simpler (parts: LayerParts) : LayerParts seq =
        let now = parts.Layer.Geometry
        let plain = Geometry.plain now.Strides.Length

        seq {
            if now <> plain then
                yield geometry parts (fun _ -> plain)

            if now.IsTransposed then
                yield geometry parts (fun g -> { g with IsTransposed = false })

            for strides in lower 1 now.Strides do
                yield geometry parts (fun g -> { g with Strides = strides })

            for dilations in lower 1 now.Dilations do
                yield geometry parts (fun g -> { g with Dilations = dilations })

            for pads in lower 0 now.Pads do
                yield geometry parts (fun g -> { g with Pads = pads })
        }

    /// Without a kernel axis that has nothing to say.
    let private withoutAxis (axis: int) (parts: LayerParts) =
        let count = parts.Sizes.Length - 3

        geometry parts (fun g ->
            {
                Strides = g.Strides.RemoveAt axis
                Pads = g.Pads.RemoveAt(count + axis).RemoveAt axis
                Dilations = g.Dilations.RemoveAt axis
                IsTransposed = g.IsTransposed && count > 1
            })
        |> fun parts ->
            { parts with
                Sizes = List.removeAt (3 + axis) parts.Sizes
                InputSizes = List.removeAt (3 + axis) parts.InputSizes
            }

    /// Smaller shapes, the largest steps first.
    let smaller (parts: LayerParts) : LayerParts seq =
        seq {
            for chosen in fewer parts.InputSizes[0] do
                yield LayerParts.keepSamples chosen parts

            for chosen in fewer parts.Sizes[0] do
                yield LayerParts.keepGroups chosen parts

            for chosen in fewer parts.Sizes[1] do
                yield LayerParts.keepOutputs chosen parts

            for chosen in fewer parts.Sizes[2] do
                yield LayerParts.keepInputs chosen parts

            for axis in 0 .. parts.Sizes.Length - 4 do
                let kernel, spatial = parts.Sizes[3 + axis], parts.InputSizes[3 + axis]

                if kernel = 1 && spatial = 1 && (parts.Sizes.Length > 4 || parts.Sizes[0] = 1) then
                    yield withoutAxis axis parts

                for chosen in fewer kernel do
                    yield LayerParts.keepKernel axis chosen parts

                for chosen in fewer spatial do
                    yield LayerParts.keepPositions axis chosen parts

            yield! simpler parts
        }
