/// Where a refusal of the planner comes from: the option or the file that a user must look at.
module QuantFunctional.Cli.Commands.PlanFaults

open System
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Formats

/// The values of an array with one axis.
let vector (file: string) (array: RealArray<float32>) : ReadOnlyMemory<float32> =
    if array.Shape.Count <> 1 || array.Shape[0] = 0 then
        let shape = array.Shape |> Seq.map string |> String.concat ", "

        raise (
            Diagnostics.NotOneForEachChannel.Fault(
                $"{file}: its shape is [{shape}], one value for each channel is wanted.",
                file = file
            )
        )

    array.Values

/// The option or file that holds what is refused.
let private place (arguments: ParseResults<PlanArgument>) (refusal: Refusal) : string =
    let weight = arguments.GetResult PlanArgument.Weight

    match refusal with
    | Refusal.BiasLength _
    | Refusal.BiasNotFinite _ -> arguments.GetResult(PlanArgument.Bias, "--bias")
    | Refusal.GeometryNotFit(what, _, _) -> $"--{what}"
    | Refusal.RangeNotOrdered _ -> "--output-range"
    | Refusal.DistributionNotFit _
    | Refusal.BiasCorrectionNotFit _ -> arguments.GetResult(PlanArgument.Means, "--means")
    | Refusal.PrecisionNotRun _
    | Refusal.ReluOn32Bits -> "--precision"
    | Refusal.PathNotRun _
    | Refusal.InputTypeNotRun _ -> "--input-type"
    | Refusal.InputZeroPointNotRun _ -> "--input-zero-point"
    | Refusal.ProfileNotValid _ -> "--profile"
    | Refusal.GroupSizeBelowOne _ -> "--group"
    | _ -> weight

/// The refusal of a layer that cannot be made at all: bad input.
let ofLayer (arguments: ParseResults<PlanArgument>) (refusal: Refusal) : exn =
    let place =
        match refusal with
        | Refusal.ScaleOutOfRange _ -> "--input-step"
        | Refusal.ZeroPointOutOfRange _ -> "--input-zero-point"
        | other -> place arguments other

    Diagnostics.Of(refusal).Fault(FaultKind.BadInput, $"{place}: {refusal.Message}.")

/// The refusal of the planner: bad input, or a layer that has no plan.
let ofPlan (arguments: ParseResults<PlanArgument>) (refused: Refused) : exn =
    match refused.Kind() with
    | FaultKind.BadInput ->
        Diagnostics
            .Of(refused.Refusal)
            .Fault(FaultKind.BadInput, $"{place arguments refused.Refusal}: {refused.Message}.")
    | _ ->
        let weight = arguments.GetResult PlanArgument.Weight

        Diagnostics
            .Of(refused.Refusal)
            .Fault(FaultKind.Failed, $"{weight}: the layer cannot be planned: {refused.Message}.", file = weight)
