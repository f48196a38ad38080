// Plans a layer, tells what the planner tried, runs the integers, proves them, and checks a property: 15 lines.
// Run: dotnet build -c Release; dotnet fsi samples/plan-trace-run-check.fsx
#I "../shell/QuantFunctional.Cli/bin/Release/net10.0"
#I "../tests/QuantFunctional.Testing/bin/Release/net10.0"
#r "System.Numerics.Tensors.dll"
#r "QuantFunctional.Core.dll"
#r "FsCheck.dll"

open FsCheck
open FsCheck.FSharp
open QuantFunctional.FSharp

let weights = [| 0.5f; -1.0f; 0.25f; 0.75f; 1e-5f; 2e-5f; -3e-5f; 1e-5f |]

let planned (bias: float32) =
    result {
        let! layer =
            LayerOf.Convolution(weights, [ 2; 1; 2; 2 ], 0.02, -128, (-2.0, 64.0), bias = [| 0.1f; bias |])

        return! layer |> Pipeline.plan PlanRequest.defaults |> Result.mapError _.Refusal
    }

for plan in planned 60.0f |> Result.toOption |> Option.toList do
    plan.Trace.Attempts |> Seq.iter (fun attempt -> printfn $"{attempt.Outcome}")
    let input = IntegerTensor.Of([ 1; 1; 2; 2 ], [ -128; 0; 64; 127 ])
    Executor.run plan.Integers input |> Result.iter (fun run -> printfn $"{run}")
    printfn $"{Certificate.ofLayer plan.Plan.WeightScale plan.Integers}"

let holds (NormalFloat bias) =
    match planned (float32 bias) with
    | Ok plan -> (Certificate.ofLayer plan.Plan.WeightScale plan.Integers).Passed
    | Error _ -> true

Check.Quick holds
