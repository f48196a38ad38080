module QuantFunctional.Tests.PairBalanceTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private need (result: Result<'T, Refusal>) = LayerCase.need result

let private row (weights: float32 array) =
    WeightView.create WeightLayout.OI 1 [ 1; weights.Length ] (ReadOnlyMemory weights) |> need

let private drawn (random: Random) count =
    Array.init count (fun _ -> float32 (random.NextDouble() * 2.0 - 1.0))

let private largest (weights: float32 array) =
    weights |> Array.map (abs >> float) |> Array.max

let private chosen format weights safe =
    BalancedStep.choose format (row weights) [ 0 ] (largest weights) safe

/// The sum of the errors at so many 1/1024 of steps, one by one and by the definition.
let private shift format (weights: float32 array) parts =
    let scale = WeightScales.ofLevels format (float parts / 1024.0) (largest weights)

    weights
    |> Array.sumBy (fun w -> float w - Math.Round(float w * scale, MidpointRounding.ToEven) / scale)

[<Property(MaxTest = 300)>]
let ``P17 the step is safe, at most one per cent above the smallest one, and its errors add up to no more``
    (seed: int)
    =
    let random = Random seed
    let weights = drawn random (random.Next(1, 300))
    let safe = random.Next(64 * 1024, 127 * 1024 + 1)

    let format =
        if random.Next 2 = 0 then
            StepFormat.Float32
        else
            StepFormat.Float64

    let found = chosen format weights safe

    let before, after =
        abs (shift format weights safe), abs (shift format weights found)

    let near = found <= safe && float found * 1.01 >= float safe && found >= 64 * 1024

    (near |> Prop.label $"{found} of {safe}")
    .&. (after <= before + 1e-9 |> Prop.label $"{after} after {before}")

[<Fact>]
let ``P17 the errors of a channel mostly cancel out with the step that is chosen`` () =
    let random = Random 3
    let mutable smallest, balanced = 0.0, 0.0

    for _ in 1..200 do
        let weights = drawn random 144
        let safe = random.Next(70 * 1024, 127 * 1024)
        smallest <- smallest + shift StepFormat.Float32 weights safe ** 2.0

        balanced <- balanced + shift StepFormat.Float32 weights (chosen StepFormat.Float32 weights safe) ** 2.0

    Assert.InRange(balanced, 0.0, 0.1 * smallest)

[<Fact>]
let ``a layer has as many candidates as its weights allow, and none beyond`` () =
    Assert.Equal<int list>(
        [ 16; 16; 16; 8; 0; 0 ],
        List.map BalancedStep.candidates [ 1; 1000; 10_000; 20_000; 20_001; 2_000_000 ]
    )

[<Fact>]
let ``P17 a large layer takes the closed form, and its pairs are safe`` () =
    let weights = Array.map abs (drawn (Random 5) 30_000)

    let plan =
        { PlainCase.ofWeights BackendProfile.onnxRuntime Precision.TfliteInt8 [| weights |] with
            Low = -500000.0
            High = 500000.0
        }
        |> PlainCase.plan

    let pairs = PairProperties.pairs 1 weights
    let pair = pairs |> List.map (fun (a, b) -> float (a + b)) |> List.max
    let steps = plan.Trace.Last.Parameters.LargestWeight[0]
    Assert.Equal(PairLimit.largestWeight (largest weights) pair, steps)

    let scale = plan.Plan.WeightScale[0]

    let integer (w: float32) =
        int (Math.Round(float w * scale, MidpointRounding.ToEven))

    Assert.True(pairs |> List.forall (fun (a, b) -> PairProperties.isSafe (integer a, integer b)))
