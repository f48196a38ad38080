namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// One spatial axis of an input that is laid out so that every output meets a tap at the same distance. Where the kernel
/// steps by more than one, places of the same remainder lie together: a phase.
[<NoComparison; NoEquality>]
type internal PlaneAxis =
    {
        Outputs: int
        /// The places of one phase.
        Length: int
        Phases: int
        TapPhase: int array
        TapOffset: int array
        /// For each phase and place the input, or −1 in the padding and in the holes of a transposed convolution.
        Source: int array
    }

/// How one channel's input is laid out as a plane: a tap of the kernel is an offset into it, an output is a place that is
/// added to the offset. Between the rows of outputs lie places whose sums mean nothing.
[<NoComparison; NoEquality>]
type internal Planes =
    {
        OutputSizes: ImmutableArray<int>
        /// The places of one plane.
        Size: int
        /// One offset for each kernel position.
        Taps: int array
        /// For each row of the plane the input that its row begins at, or −1 where it is all padding.
        RowSource: int array
        /// The last axis, and the phase of it that each row shows.
        Last: PlaneAxis
        RowPhase: int array
        /// The place of the first output of each row of outputs.
        OutputRows: int array
        /// The places from the first output to the last.
        Extent: int
    }

[<RequireQualifiedAccess>]
module internal Planes =

    /// More places than this are left to the plain loops.
    let private most = 1L <<< 28

    let private axisOf (geometry: Geometry) (kernel: int) (input: int) (outputs: int) (axis: int) : PlaneAxis =
        let stride, dilation, pad =
            geometry.Strides[axis], geometry.Dilations[axis], geometry.Pads[axis]

        if geometry.IsTransposed then
            // the holes are places of their own, and the kernel runs backwards over them
            let reach = (kernel - 1) * dilation
            let length = outputs + reach

            let source place =
                let spread = place - reach + pad

                if spread >= 0 && spread % stride = 0 && spread / stride < input then
                    spread / stride
                else
                    -1

            {
                Outputs = outputs
                Length = length
                Phases = 1
                TapPhase = Array.zeroCreate kernel
                TapOffset = Array.init kernel (fun tap -> reach - tap * dilation)
                Source = Array.init length source
            }
        else
            let remainders =
                Array.init kernel (fun tap -> tap * dilation % stride) |> Array.distinct

            let length = outputs + (kernel - 1) * dilation / stride

            let source phase place =
                let at = place * stride + remainders[phase] - pad
                if at >= 0 && at < input then at else -1

            {
                Outputs = outputs
                Length = length
                Phases = remainders.Length
                TapPhase = Array.init kernel (fun tap -> Array.IndexOf(remainders, tap * dilation % stride))
                TapOffset = Array.init kernel (fun tap -> tap * dilation / stride)
                Source = Array.init (remainders.Length * length) (fun i -> source (i / length) (i % length))
            }

    /// Every combination of an axis's entries with those before it, the last axis running fastest.
    let private combine (join: 'T -> 'T -> 'T) (first: 'T) (axes: 'T array array) : 'T array =
        axes
        |> Array.fold
            (fun sofar axis ->
                [|
                    for a in sofar do
                        for b in axis -> join a b
                |])
            [| first |]

    let private strides (sizes: int array) =
        Array.init sizes.Length (fun axis -> Array.fold (*) 1 sizes[axis + 1 ..])

    let private ofAxes
        (geometry: Geometry)
        (kernel: ImmutableArray<int>)
        (input: ImmutableArray<int>)
        : Planes voption =
        let outputs = KernelPlacement.outputSizes geometry kernel input

        let placesOf axis =
            let reach = int64 (kernel[axis] - 1) * int64 geometry.Dilations[axis]
            (int64 outputs[axis] + reach) * int64 kernel[axis]

        if Seq.exists (fun size -> size < 1) outputs || Seq.exists (fun size -> size < 1) input then
            ValueNone
        elif
            Seq.fold
                (fun places axis -> min most (places * min most (placesOf axis)))
                1L
                (seq { 0 .. kernel.Length - 1 })
            >= most
        then
            ValueNone
        else
            let axes =
                Array.init kernel.Length (fun axis -> axisOf geometry kernel[axis] input[axis] outputs[axis] axis)

            let lengths = axes |> Array.map _.Length
            let block = Array.fold (*) 1 lengths
            let placeStride = strides lengths
            let phaseStride = axes |> Array.map _.Phases |> strides |> Array.map ((*) block)
            let inputStride = strides (Seq.toArray input)
            let last = axes.Length - 1

            let taps =
                axes
                |> Array.mapi (fun i axis ->
                    Array.map2
                        (fun phase offset -> phase * phaseStride[i] + offset * placeStride[i])
                        axis.TapPhase
                        axis.TapOffset)
                |> combine (+) 0

            // rows in the order of memory: all phases of all axes, then the places of all axes but the last
            let sourceOf (phases: int array) =
                [|
                    for i in 0 .. last - 1 ->
                        Array.init lengths[i] (fun place ->
                            match axes[i].Source[phases[i] * lengths[i] + place] with
                            | -1 -> -1
                            | at -> at * inputStride[i])
                |]
                |> combine (fun a b -> if a < 0 || b < 0 then -1 else a + b) 0

            let phases =
                axes |> Array.map (fun axis -> Array.init axis.Phases Array.singleton) |> combine Array.append [||]

            {
                OutputSizes = outputs
                Size = phases.Length * block
                Taps = taps
                RowSource = Array.collect sourceOf phases
                Last = axes[last]
                RowPhase = phases |> Array.collect (fun phase -> Array.create (block / lengths[last]) phase[last])
                OutputRows =
                    axes[.. last - 1]
                    |> Array.mapi (fun i axis -> Array.init axis.Outputs ((*) placeStride[i]))
                    |> combine (+) 0
                Extent =
                    1 + Array.sum (Array.mapi (fun i (axis: PlaneAxis) -> (axis.Outputs - 1) * placeStride[i]) axes)
            }
            |> ValueSome

    /// The planes of an input of these spatial sizes, of which there is at least one; none where they would be too large.
    let create (geometry: Geometry) (kernel: ImmutableArray<int>) (input: ImmutableArray<int>) : Planes voption =
        let each wanted values =
            Seq.forall (fun value -> value = wanted) (values: ImmutableArray<int>)

        // a kernel that meets one place for each output meets a plane as one long row
        if each 1 kernel && each 1 geometry.Strides && each 0 geometry.Pads then
            let one, none = ImmutableArray.Create 1, ImmutableArray.Create(0, 0)

            let row =
                { geometry with
                    Strides = one
                    Pads = none
                    Dilations = one
                }

            ofAxes row one (ImmutableArray.Create(Seq.fold (*) 1 input))
            |> ValueOption.map (fun planes -> { planes with OutputSizes = input })
        else
            ofAxes geometry kernel input
