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

    override p.ToString() =
        $"{p.Inputs.Length} places for an output of {ShortText.sizes p.OutputSizes}"

[<RequireQualifiedAccess>]
module KernelPlacement =

    let private product (sizes: int seq) = Seq.fold (*) 1 sizes

    /// How many flat positions an axis steps over, the last axis running fastest.
    let private stepsOf (sizes: ImmutableArray<int>) (axis: int) = product (Seq.skip (axis + 1) sizes)

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

    /// The sizes of the output's spatial axes.
    let outputSizes
        (geometry: Geometry)
        (kernel: ImmutableArray<int>)
        (input: ImmutableArray<int>)
        : ImmutableArray<int> =
        ImmutableArray.CreateRange(Seq.init kernel.Length (outputSize geometry kernel input))

    /// The table of a kernel over an input of the given spatial sizes.
    let create (geometry: Geometry) (kernel: ImmutableArray<int>) (input: ImmutableArray<int>) : KernelPlacement =
        let output = outputSizes geometry kernel input
        let kernelPositions, outputPositions = product kernel, product output
        let inputs = Array.create (kernelPositions * outputPositions) 0

        // axis by axis, as the flat position is made of the coordinates
        for axis in 0 .. kernel.Length - 1 do
            let along =
                Array.init output[axis] (fun o -> Array.init kernel[axis] (inputAt geometry input[axis] axis o))

            let target, place = stepsOf output axis, stepsOf kernel axis

            for o in 0 .. outputPositions - 1 do
                let row = along[o / target % output[axis]]

                for k in 0 .. kernelPositions - 1 do
                    let index = o * kernelPositions + k
                    let at = row[k / place % kernel[axis]]

                    inputs[index] <-
                        if at < 0 || inputs[index] < 0 then
                            -1
                        else
                            inputs[index] * input[axis] + at

        {
            OutputSizes = output
            Inputs = inputs
        }
