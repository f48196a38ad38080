namespace QuantFunctional.Testing

open System
open QuantFunctional
open QuantFunctional.FSharp

/// A weight tensor's logical sizes: groups, the outputs and inputs of each, and kernel axes.
type internal LogicalSizes =
    {
        Groups: int
        Outputs: int
        Inputs: int
        Kernel: int list
    }

    /// The output channels of all groups.
    member s.Channels = s.Groups * s.Outputs

    /// How many kernel positions there are.
    member s.Positions = List.fold (*) 1 s.Kernel

    /// How many weights each output channel has.
    member s.Length = s.Inputs * s.Positions

/// The same weights in every layout, by another way than the core's: one axis after the other, as names say.
[<RequireQualifiedAccess>]
module internal Layouts =

    let all =
        [
            WeightLayout.OIHW, "OIK"
            WeightLayout.OHWI, "OKI"
            WeightLayout.HWIO, "KIO"
            WeightLayout.HWIGO, "KIGO"
            WeightLayout.IOHW, "IOK"
            WeightLayout.HWOI, "KOI"
            WeightLayout.HWGO, "KGO"
            WeightLayout.IHWO, "IKO"
            WeightLayout.IO, "IO"
            WeightLayout.OI, "OI"
        ]

    /// What a layout can say: depthwise ones have one input for each group, products neither kernel nor groups.
    let fits (layout: WeightLayout) (s: LogicalSizes) : bool =
        match layout with
        | WeightLayout.HWGO
        | WeightLayout.IHWO -> s.Inputs = 1 && not s.Kernel.IsEmpty
        | WeightLayout.IO
        | WeightLayout.OI -> s.Groups = 1 && s.Kernel.IsEmpty
        | _ -> not s.Kernel.IsEmpty

    let private hasInputsOfAll layout =
        layout = WeightLayout.IOHW || layout = WeightLayout.HWOI

    let private order layout =
        snd (List.find (fun (l, _) -> l = layout) all)

    let private size layout (s: LogicalSizes) axis =
        match axis with
        | 'G' -> s.Groups
        | 'O' when hasInputsOfAll layout || (order layout).Contains 'G' -> s.Outputs
        | 'O' -> s.Channels
        | 'I' when hasInputsOfAll layout -> s.Groups * s.Inputs
        | 'I' -> s.Inputs
        | _ -> s.Positions

    /// The sizes of the axes.
    let sizes (layout: WeightLayout) (s: LogicalSizes) : int list =
        [
            for axis in order layout do
                if axis = 'K' then yield! s.Kernel else size layout s axis
        ]

    /// The sizes of the axes, and where in memory each weight's channel, input and position are.
    let arrange (layout: WeightLayout) (s: LogicalSizes) : int list * (int * int * int) array =
        let rec places axes known =
            match axes with
            | [] -> [ known ]
            | axis :: rest ->
                [
                    for i in 0 .. size layout s axis - 1 do
                        yield! places rest (Map.add axis i known)
                ]

        let place (at: Map<char, int>) =
            let index axis =
                at |> Map.tryFind axis |> Option.defaultValue 0

            if hasInputsOfAll layout then
                index 'I' / s.Inputs * s.Outputs + index 'O', index 'I' % s.Inputs, index 'K'
            else
                index 'G' * s.Outputs + index 'O', index 'I', index 'K'

        sizes layout s, places (List.ofSeq (order layout)) Map.empty |> List.map place |> List.toArray

    /// The groups that a layout is told: where it has an axis for them, it may be told nothing.
    let groups (layout: WeightLayout) (s: LogicalSizes) : int =
        match layout with
        | WeightLayout.HWIGO
        | WeightLayout.HWGO -> 1
        | _ -> s.Groups

    /// The view of logical weights in a layout.
    let view (layout: WeightLayout) (s: LogicalSizes) (weight: int * int * int -> float32) : WeightView =
        let sizes, places = arrange layout s

        WeightView.create layout (groups layout s) sizes (ReadOnlyMemory(Array.map weight places))
        |> LayerCase.need
