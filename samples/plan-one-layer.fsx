// Plans one small convolution and prints what its integers are, and what the planner had to give up for them.
// Run: dotnet build -c Release; dotnet fsi samples/plan-one-layer.fsx
#I "../shell/QuantFunctional.Cli/bin/Release/net10.0"
#r "System.Numerics.Tensors.dll"
#r "QuantFunctional.Core.dll"

open System
open QuantFunctional
open QuantFunctional.FSharp

// two output channels of 1 × 2 × 2 weights; the second channel's bias is far outside what its weights can reach
let weights = [| 0.5f; -1.0f; 0.25f; 0.75f; 1e-5f; 2e-5f; -3e-5f; 1e-5f |]
let bias = [| 0.1f; 60.0f |]

let planned =
    WeightView.create WeightLayout.OIHW 1 [ 2; 1; 2; 2 ] (ReadOnlyMemory weights)
    |> Result.bind (fun view ->
        Encoding.ofStep 0.02 -128 ScalarType.Int8
        |> Result.bind (fun input ->
            ObservedDistribution.ofRange -2.0 64.0
            |> Result.bind (fun output ->
                Layer.create view (Geometry.plain 2) (ReadOnlyMemory bias) input output Activation.Linear)))
    |> Result.mapError _.Message
    |> Result.bind (fun layer -> Pipeline.plan PlanRequest.defaults layer |> Result.mapError _.Message)

match planned with
| Error message -> printfn $"no plan: {message}"
| Ok plan ->
    printfn $"output: step {plan.Integers.Output.StepSize:G4}, zero point {plan.Integers.Output.ZeroPoint}"

    for channel in 0..1 do
        let integers = plan.Integers

        let multiplier, shift = integers.Multiplier[channel], integers.Shift[channel]
        printfn $"channel {channel}: bias {integers.Bias[channel]}, multiplier {multiplier}, shift {shift}"

    for attempt in plan.Trace.Attempts do
        match attempt.Outcome with
        | AttemptOutcome.Retried reason -> printfn $"retried: {reason.Message}"
        | AttemptOutcome.Refused refusal -> printfn $"refused: {refusal.Message}"
        | AttemptOutcome.Planned -> printfn "planned"
