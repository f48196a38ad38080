module QuantFunctional.Cli.Commands.Plan

open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Formats

/// What a user wants to know of a plan before reading it.
type Summary =
    {
        Written: string
        Layer: string
        Profile: string
        Path: string
        Precision: string
        Channels: int
        PerChannel: bool
        OutputStep: float
        OutputZeroPoint: int
        OutputType: string
        ShiftMin: int
        ShiftMax: int
        BitsGivenUp: int
        StepGrowthMean: float
        StepGrowthMost: float
        Retries: int
        Warnings: WarningReport list
    }

/// Why there is no plan.
type Failure =
    {
        Error: string
        Refusal: RefusalReport
        Attempts: AttemptReport seq
    }

let private summary (written: string) (name: string) (plan: QuantizedLayer) : Summary =
    let integers = plan.Integers

    let growth =
        (FSharp.BacktrackingParameters.stepGrowth plan.Trace.Last.Parameters).Values

    {
        Written = written
        Layer = name
        Profile = integers.Profile.Name
        Path = integers.Path.Name
        Precision = plan.Precision.Name
        Channels = integers.Shape.Channels
        PerChannel = plan.Request.PerChannel
        OutputStep = integers.Output.StepSize
        OutputZeroPoint = integers.Output.ZeroPoint
        OutputType = integers.Output.Type.Name
        ShiftMin = Seq.min integers.Shift.Values
        ShiftMax = Seq.max integers.Shift.Values
        BitsGivenUp = Seq.max plan.Trace.Last.Parameters.BitsGivenUp.Values
        StepGrowthMean = Seq.average growth
        StepGrowthMost = Seq.max growth
        Retries = plan.Trace.Retries
        Warnings = plan.Warnings |> Seq.map WarningReport.Of |> List.ofSeq
    }

let private show (plan: QuantizedLayer) (summary: Summary) : unit =
    let sizes = plan.Integers.Shape.Sizes |> Seq.map string |> String.concat " x "
    let observed = plan.Observed

    let low, high =
        Output.significant 6 observed.Low, Output.significant 6 observed.High

    let channels = Output.counted summary.Channels "output channel"

    let steps =
        if summary.PerChannel then
            "one step each"
        else
            "one step for all"

    let shifts =
        if summary.ShiftMin = summary.ShiftMax then
            $"{summary.ShiftMin}"
        else
            $"{summary.ShiftMin} to {summary.ShiftMax}"

    let givenUp =
        match summary.BitsGivenUp with
        | 0 -> "nothing"
        | bits -> $"""up to {Output.counted bits "bit"} of the weights"""

    let step = Output.significant 6 summary.OutputStep
    Output.print $"Layer      {summary.Layer}: {plan.Integers.Shape.Layout} {sizes}, {channels}, {steps}"
    Output.print $"Precision  {summary.Precision}, {summary.Path} activations, profile {summary.Profile}"

    Output.print
        $"Output     {summary.OutputType}, step {step}, zero point {summary.OutputZeroPoint}, for {low} to {high}"

    Output.print $"Shift      {shifts}"
    Output.print $"Given up   {givenUp}"

    if summary.StepGrowthMost > 1.0 then
        let mean = Output.fixedPoint 2 summary.StepGrowthMean
        let most = Output.fixedPoint 2 summary.StepGrowthMost
        Output.print $"Pairs      steps of the weights raised by {mean} on average, {most} at most"

    Output.print $"Retries    {summary.Retries}"

    for warning in summary.Warnings do
        Output.print $"Warning    {warning.Message}"

    Output.print $"Written    {summary.Written}"
    Output.print $"Read it    quantfn explain {summary.Written}"

/// Every attempt with its reason, and why that was the last: JSON on stdout where it was asked for, else on stderr.
let private showAttempts (json: bool) (refused: Refused) : unit =
    if json then
        Output.printJson
            {
                Error = refused.Message
                Refusal = RefusalReport.Of refused.Refusal
                Attempts = AttemptReport.Of refused.Trace
            }
    else
        refused.Trace.Attempts
        |> Seq.iteri (fun index attempt ->
            let ended =
                match attempt.Outcome with
                | AttemptOutcome.Planned -> "planned"
                | AttemptOutcome.Retried reason -> $"tried again: {reason.Message}"
                | AttemptOutcome.Refused refusal -> $"refused: {refusal.Message}"

            Output.say $"attempt {index + 1} ({attempt.Parameters.Precision.Name}): {ended}")

let private planLayer (arguments: ParseResults<PlanArgument>) : unit =
    let output = arguments.GetResult PlanArgument.Output
    let force = arguments.Contains PlanArgument.Force
    let json = arguments.Contains PlanArgument.Json
    let spec, options = PlanInputs.read arguments
    OptionValues.refuseInputs (PlanInputs.files arguments) output
    AtomicFile.Check(output, force)

    match spec.TryCreateLayer() with
    | true, NonNull layer, _ ->
        match Planner.TryPlan(layer, options) with
        | true, NonNull plan, _ ->
            let name = PlanInputs.layerName arguments
            PlanFile.Write(output, PlanDocument(Layers = [| NamedPlan(name, null, plan) |]), force)
            let summary = summary output name plan
            if json then Output.printJson summary else show plan summary
        | _, _, NonNull refused ->
            if refused.Kind() = FaultKind.Failed then
                showAttempts json refused

            raise (PlanFaults.ofPlan arguments refused)
        | _ -> ()
    | _, _, NonNull refusal -> raise (PlanFaults.ofLayer arguments refusal)
    | _ -> ()

let run (arguments: ParseResults<PlanArgument>) (_: CancellationToken) : Task =
    PlanInputs.refuseIncomplete arguments

    match arguments.TryGetResult PlanArgument.Weight_Only with
    | Some weightType -> PlanWeights.run arguments weightType
    | None -> planLayer arguments

    Task.CompletedTask
