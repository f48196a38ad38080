// Plans one layer in every precision and runs the integers on a thousand inputs: what does each precision cost?
// Run: dotnet build -c Release; dotnet fsi samples/sweep-precisions.fsx
#I "../shell/QuantFunctional.Cli/bin/Release/net10.0"
#r "System.Numerics.Tensors.dll"
#r "QuantFunctional.Core.dll"

open System
open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.FSharp

let inputs, outputs, samples = 64, 16, 1000
let random = Random 7

let uniform low high =
    low + (high - low) * random.NextDouble()

// a product x·w: inputs in rows, outputs in columns, each column larger than the one before
let weights =
    Array.init (inputs * outputs) (fun i -> float32 (uniform -0.1 0.1 * float (1 + i % outputs)))

let bias = Array.init outputs (fun _ -> float32 (uniform -1.0 1.0))

let data =
    Array.init samples (fun _ -> Array.init inputs (fun _ -> uniform -1.0 3.0))

/// The real layer on one input.
let run (input: float array) =
    Array.init outputs (fun o ->
        let products = Array.mapi (fun i x -> x * float weights[i * outputs + o]) input
        float bias[o] + Array.sum products)

let stop (message: string) =
    eprintfn $"{message}"
    exit 1

/// The integer layer on stored inputs, sample after sample.
let runIntegers (layer: IntegerLayer) (stored: int array array) =
    let tensor =
        {
            Sizes = ImmutableArray.Create(stored.Length, inputs)
            Values = ImmutableArray.Create<int>(Array.concat stored)
        }

    match Executor.run layer tensor with
    | Ok execution -> Seq.toArray execution.Output.Values
    | Error fault -> stop fault.Message

let orStop result =
    result |> Result.defaultWith (fun (refusal: Refusal) -> stop refusal.Message)

/// Plans for an input type and a precision, and prints how far the integers are from the real layer.
let measure (inputType: ScalarType) (name: string) (precision: PrecisionRequest) =
    let encoding = Encoding.ofRange StepFormat.Float64 true inputType -1.0 3.0 |> orStop
    let stored = data |> Array.map (Array.map (Encoding.quantize encoding))

    // the real layer sees what is stored, so that only the layer's own error counts
    let real =
        stored
        |> Array.collect (Array.map (fun q -> encoding.StepSize * float (q - encoding.ZeroPoint)) >> run)

    let view =
        WeightView.create WeightLayout.IO 1 [ inputs; outputs ] (ReadOnlyMemory weights) |> orStop

    let range = ObservedDistribution.ofRange (Array.min real) (Array.max real) |> orStop

    let layer =
        Layer.create view (Geometry.plain 0) (ReadOnlyMemory bias) encoding range Activation.Linear
        |> orStop

    let request =
        { PlanRequest.defaults with
            Precision = precision
        }

    match Pipeline.plan request layer with
    | Error refused -> printfn $"%-24s{name} {refused.Message}"
    | Ok plan ->
        let integers = plan.Integers
        let step = integers.Output.StepSize

        let error =
            runIntegers integers stored
            |> Array.map2 (fun x q -> x - step * float (int64 q - int64 integers.Output.ZeroPoint)) real

        let power = Array.sumBy (fun x -> x * x)
        let decibels = 10.0 * Math.Log10(power real / power error)
        let largest = error |> Array.map abs |> Array.max
        let shifts = integers.Shift.Values

        // folding the fraction of the factor into the weights makes them smaller
        let used =
            let largest o =
                Seq.max (seq { for i in 0 .. inputs - 1 -> abs (int integers.Weights[i * outputs + o]) })

            Seq.averageBy (largest >> float) (seq { 0 .. outputs - 1 })

        printf $"%-24s{name} %-6s{inputType.Name} %-7s{integers.Output.Type.Name} %5.1f{decibels} dB  %8.4f{largest}  "
        printfn $"%2d{Seq.min shifts} to %2d{Seq.max shifts}  %12.1f{used}  %7d{plan.Trace.Retries}"

printfn "precision                input  output  accuracy  largest   shift     weights up to  retries"

for inputType in [ ScalarType.Int8; ScalarType.Int16 ] do
    for precision in BackendProfile.precisions do
        measure inputType precision.Name (PrecisionRequest.Exactly precision)

    measure inputType "sima-int16 or wider" PrecisionRequest.SimaInt16OrWider
