namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// Which input meets which kernel position for which output: a convolution's geometry as a table.
[<NoComparison; NoEquality>]
type KernelPlacement =
    {
        /// The sizes of the output's spatial axes.
        OutputSizes: ImmutableArray<int>
        /// For each output position and kernel position the input position, or −1 in the padding and in the holes of a
        /// transposed convolution.
        Inputs: int array
    }

[<RequireQualifiedAccess>]
module KernelPlacement =

    let private product (sizes: int seq) = Seq.fold (*) 1 sizes

    /// The coordinates of a flat position, the last axis running fastest.
    let private coordinates (sizes: ImmutableArray<int>) (position: int) =
        let result = Array.zeroCreate<int> sizes.Length
        let mutable rest = position

        for axis in sizes.Length - 1 .. -1 .. 0 do
            result[axis] <- rest % sizes[axis]
            rest <- rest / sizes[axis]

        result

    let private outputSize (geometry: Geometry) (kernel: ImmutableArray<int>) (input: ImmutableArray<int>) axis =
        let reach = geometry.Dilations[axis] * (kernel[axis] - 1) + 1
        let padding = geometry.Pads[axis] + geometry.Pads[kernel.Length + axis]

        if geometry.IsTransposed then
            max 0 ((input[axis] - 1) * geometry.Strides[axis] - padding + reach)
        else
            let room = input[axis] + padding - reach
            if room < 0 then 0 else room / geometry.Strides[axis] + 1

    /// The coordinate of the input along an axis, or −1.
    let private inputAt (geometry: Geometry) (size: int) axis (output: int) (kernel: int) =
        let offset = kernel * geometry.Dilations[axis]

        let at =
            if geometry.IsTransposed then
                let spread = output + geometry.Pads[axis] - offset

                if spread % geometry.Strides[axis] = 0 then
                    spread / geometry.Strides[axis]
                else
                    -1
            else
                output * geometry.Strides[axis] - geometry.Pads[axis] + offset

        if at >= 0 && at < size then at else -1

    /// The table of a kernel over an input of the given spatial sizes.
    let create (geometry: Geometry) (kernel: ImmutableArray<int>) (input: ImmutableArray<int>) : KernelPlacement =
        let output =
            ImmutableArray.CreateRange(Seq.init kernel.Length (outputSize geometry kernel input))

        let kernelPositions, outputPositions = product kernel, product output
        let inputs = Array.create (kernelPositions * outputPositions) -1

        for o in 0 .. outputPositions - 1 do
            let target = coordinates output o

            for k in 0 .. kernelPositions - 1 do
                let place = coordinates kernel k

                let along =
                    Array.init kernel.Length (fun axis -> inputAt geometry input[axis] axis target[axis] place[axis])

                if Array.forall (fun at -> at >= 0) along then
                    let flat =
                        Array.fold2 (fun flat at size -> flat * size + at) 0 along (Seq.toArray input)

                    inputs[o * kernelPositions + k] <- flat

        {
            OutputSizes = output
            Inputs = inputs
        }
