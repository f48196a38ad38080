module QuantFunctional.Cli.Commands.Profiles

open System
open System.IO
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents

let private paths (profile: BackendProfile) : string =
    profile.Paths |> Seq.map _.Name |> String.concat ", "

let private range (shifts: ShiftRange) : string = $"{shifts.Lowest} to {shifts.Highest}"

let private multiplier (form: MultiplierForm) : string =
    match form with
    | MultiplierForm.Integer bits -> $"an integer of {bits} bits"
    | MultiplierForm.Single24 -> "the 24-bit mantissa of a float32"

let private rounding (form: RequantizationRounding) : string =
    match form with
    | RequantizationRounding.OnceTiesUp -> "once, ties up"
    | RequantizationRounding.TwiceGemmlowp -> "twice, as gemmlowp"
    | RequantizationRounding.OnceTiesUpReduced16 -> "once, ties up, 16-bit multiplier"
    | RequantizationRounding.SingleTiesToEven -> "in float32, ties to even"

let private accumulatorColumns =
    [
        TextTable.Left "Activations"
        TextTable.Right "Accumulator"
        TextTable.Right "Shift with\nmultiplier 1"
        TextTable.Right "Shift\notherwise"
        TextTable.Left "Rounding"
    ]

let private accumulators (profile: BackendProfile) : string list list =
    [
        for path in profile.Paths do
            let accumulator = profile.AccumulatorOf path

            [
                path.Name
                $"{accumulator.Bits} bits"
                range accumulator.UnitShift
                range accumulator.MultiplierShift
                rounding accumulator.Rounding
            ]
    ]

let private showTable () : unit =
    Output.printTable
        (TextTable.Left "Profile" :: accumulatorColumns)
        [
            for profile in Profiles.Named do
                for index, row in List.indexed (accumulators profile) do
                    (if index = 0 then profile.Name else "") :: row
        ]

    Output.print ""
    Output.print "One in full: quantfn profiles NAME"

let private show (profile: BackendProfile) : unit =
    let inputZeroPoint =
        match profile.InputZeroPoint with
        | InputZeroPoint.InBias -> "taken off in the bias"
        | InputZeroPoint.OffEachInput -> "taken off each input before the product"

    let outputZeroPoint =
        match profile.OutputZeroPoint with
        | OutputZeroPoint.ByPrecision -> "in the bias with multiplier 1, else added after the requantization"
        | OutputZeroPoint.AfterRequantization -> "added after the requantization"

    let steps =
        match profile.Steps with
        | StepFormat.Float64 -> "float64"
        | StepFormat.Float32 -> "float32"
        | StepFormat.Float16 -> "float16"

    let relu =
        match profile.Relu with
        | ReluForm.ByClamp -> "clamps at any value in TFLite's precisions, else saturates"
        | ReluForm.BySaturation -> "saturates at the end of the output type"

    Output.print $"Profile            {profile.Name}"
    Output.print $"""Precisions         {profile.Precisions |> Seq.map _.Name |> String.concat ", "}"""
    Output.print $"Multiplier         {multiplier profile.Multiplier}"
    Output.print $"Input zero point   {inputZeroPoint}"
    Output.print $"Output zero point  {outputZeroPoint}"
    Output.print $"Steps in files     {steps}"
    Output.print $"ReLU               {relu}"

    if profile.Paths.Contains ActivationPath.Int15 then
        let channels =
            if profile.MixedIntrinsicShift then
                "may differ"
            else
                "share one"

        Output.print $"Intrinsic shift    channels {channels} (int15)"

    Output.print ""
    Output.printTable accumulatorColumns (accumulators profile)

let private printAll () : unit =
    [|
        for profile in Profiles.Named do
            use stream = new MemoryStream()
            ProfileFile.Write(stream, profile)
            use document = JsonDocument.Parse(stream.ToArray())
            document.RootElement.Clone()
    |]
    |> Output.printJson

let private printOne (profile: BackendProfile) : unit =
    Output.writeJson (fun out -> ProfileFile.Write(out, profile))

let run (arguments: ParseResults<ProfilesArgument>) (_: CancellationToken) : Task =
    let json = arguments.Contains ProfilesArgument.Json

    match arguments.TryGetResult ProfilesArgument.Name with
    | None when json -> printAll ()
    | None -> showTable ()
    | Some name ->
        match Profiles.TryFind name with
        | true, NonNull profile -> if json then printOne profile else show profile
        | _ -> OptionValues.choice "profiles" (NamedValues.profiles ()) id name |> ignore

    Task.CompletedTask
