namespace QuantFunctional

open System.Collections.Immutable

[<RequireQualifiedAccess; NoComparison>]
type WeightLayout =
    | OIHW
    | OHWI
    | HWIO
    | HWIGO
    | IOHW
    | HWOI
    | HWGO
    | IHWO
    | IO
    | OI

[<NoComparison>]
type WeightShape =
    {
        layout: WeightLayout
        sizes: ImmutableArray<int>
        groups: int
        kernel: ImmutableArray<int>
        inputs: int
        inputStride: int
        positions: int
        positionStride: int
        // output channels lie in blocks: one for all, or one for each group
        blocks: int
        blockStride: int
        channelsPerBlock: int
        channelStride: int
        runLength: int
    }

    member s.Layout = s.layout
    member s.Sizes = s.sizes
    member s.Groups = s.groups
    member s.Channels = s.blocks * s.channelsPerBlock
    member s.Inputs = s.inputs
    member s.KernelSizes = s.kernel
    member s.Positions = s.positions
    member s.WeightsPerChannel = s.inputs * s.positions
    member s.Count = Seq.fold (*) 1 s.sizes

    member s.Index(channel: int, input: int, position: int) =
        channel / s.channelsPerBlock * s.blockStride
        + channel % s.channelsPerBlock * s.channelStride
        + input * s.inputStride
        + position * s.positionStride

    member s.RunLength = s.runLength
    member s.IsInterleaved = s.channelStride = 1 && s.Channels > 1

    member s.RunChannel(run: int) =
        let index = run * s.runLength

        let block = index / s.blockStride % s.blocks
        let channel = index / s.channelStride % s.channelsPerBlock
        block * s.channelsPerBlock + channel

    override s.ToString() =
        let groups = if s.groups = 1 then "" else $", {s.groups} groups"
        $"{s.layout} {FSharp.ShortText.sizes s.sizes}{groups}"

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

[<RequireQualifiedAccess>]
module WeightShape =

    let axes (layout: WeightLayout) : string =
        match layout with
        | WeightLayout.OIHW -> "OIK"
        | WeightLayout.OHWI -> "OKI"
        | WeightLayout.HWIO -> "KIO"
        | WeightLayout.HWIGO -> "KIGO"
        | WeightLayout.IOHW -> "IOK"
        | WeightLayout.HWOI -> "KOI"
        | WeightLayout.HWGO -> "KGO"
        | WeightLayout.IHWO -> "IKO"
        | WeightLayout.IO -> "IO"
        | WeightLayout.OI -> "OI"

    /// The size and the stride in memory of what each letter of `axes` stands for; 1 and 1 where there is none.
    let private along (order: string) (sizes: ImmutableArray<int>) =
        let kernelAxes = sizes.Length - order.Length + 1

        let sizeOf (at: int) =
            let before = order.IndexOf 'K'

            if before < 0 || at < before then
                sizes[at]
            elif at > before then
                sizes[at + kernelAxes - 1]
            else
                Seq.fold (*) 1 (Seq.take kernelAxes (Seq.skip before sizes))

        fun (axis: char) ->
            match order.IndexOf axis with
            | -1 -> struct (1, 1)
            | at -> struct (sizeOf at, Seq.fold (fun product i -> product * sizeOf i) 1 [ at + 1 .. order.Length - 1 ])

    let private layOut layout groups (sizes: ImmutableArray<int>) =
        let order = axes layout
        let axis = along order sizes
        let struct (outputs, outputStride) = axis 'O'
        let struct (inputs, inputStride) = axis 'I'
        let struct (positions, positionStride) = axis 'K'
        let struct (groupAxis, groupStride) = axis 'G'
        let kernelStart = order.IndexOf 'K'

        let kernel =
            if kernelStart < 0 then
                ImmutableArray.Empty
            else
                sizes.Slice(kernelStart, sizes.Length - order.Length + 1)

        // where I runs over all groups, a group's first input lies so many inputs further
        let inputsOfAll = layout = WeightLayout.IOHW || layout = WeightLayout.HWOI

        let blocks, blockStride, inputs =
            if inputsOfAll then
                groups, inputs / groups * inputStride, inputs / groups
            elif order.Contains 'G' then
                groupAxis, groupStride, inputs
            else
                1, outputs * outputStride, inputs

        // memory from its end as far as it stays in one channel, or goes from one channel to the next
        let runLength =
            if blocks * outputs = 1 then
                Seq.fold (*) 1 sizes
            elif outputStride = 1 then
                if blockStride = outputs then blocks * outputs else outputs
            elif inputsOfAll && inputStride < outputStride then
                min outputStride blockStride
            else
                outputStride

        {
            layout = layout
            sizes = sizes
            groups = if order.Contains 'G' then groupAxis else groups
            kernel = kernel
            inputs = inputs
            inputStride = inputStride
            positions = positions
            positionStride = positionStride
            blocks = blocks
            blockStride = blockStride
            channelsPerBlock = outputs
            channelStride = outputStride
            runLength = runLength
        }

    let create (layout: WeightLayout) (groups: int) (sizes: int seq) : Result<WeightShape, Refusal> =
        let sizes = ImmutableArray.CreateRange sizes
        let order = axes layout

        let refuse remedy =
            Error(Refusal.WeightShape(layout.ToString(), sizes, remedy))

        let lowest, highest =
            if order.Contains 'K' then
                order.Length, order.Length + 2
            else
                order.Length, order.Length

        let count = sizes |> Seq.fold (fun count size -> count * bigint size) 1I // may leave int64

        if sizes.Length < lowest || sizes.Length > highest then
            refuse (
                if lowest = highest then
                    $"it has {lowest} axes"
                else
                    $"it has {lowest} to {highest} axes"
            )
        elif sizes |> Seq.exists (fun size -> size < 1) then
            refuse "every axis has at least one entry"
        elif count > bigint Array.MaxLength then
            refuse $"a tensor holds at most {Array.MaxLength} values"
        elif groups < 1 then
            refuse $"there is at least one group, not {groups}"
        else
            let shape = layOut layout groups sizes
            let struct (inputs, _) = along order sizes 'I'

            match layout with
            | WeightLayout.IOHW
            | WeightLayout.HWOI when inputs % groups <> 0 ->
                refuse $"{groups} groups do not divide its {inputs} input channels"
            | WeightLayout.HWIGO
            | WeightLayout.HWGO when groups <> 1 && groups <> shape.Groups ->
                refuse $"its axis G says {shape.Groups} groups, not {groups}"
            | WeightLayout.IHWO when inputs <> 1 -> refuse "its first axis has one entry"
            | WeightLayout.IO
            | WeightLayout.OI when groups <> 1 -> refuse "a product has one group"
            | _ when shape.Channels % shape.Groups <> 0 ->
                refuse $"{shape.Groups} groups do not divide its {shape.Channels} output channels"
            | _ -> Ok shape
