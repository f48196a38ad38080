module QuantFunctional.Tests.StepSearchTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.WeightOnlyCases

/// The largest weight of a step as −8 or −128, and as 7 or 127, times 0.66 to 1.16; with zero points the range over 15.
let private factors =
    50.0
    :: [
        for n in 58.0 .. -1.0 .. 33.0 do
            if n <> 50.0 then
                n
    ]
    |> List.map (fun n -> n / 50.0)

let private stored (request: WeightOnlyRequest) step =
    if request.Steps = StepFormat.Float32 then
        float (float32 step)
    else
        step

let private holds (request: WeightOnlyRequest) step =
    if request.Steps = StepFormat.Float32 then
        Single.IsNormal(float32 step)
    else
        step <> 0.0

/// The squared error in the order that is promised, one number at a time.
let private errorOf (lowest: int) (highest: int) (weights: float array) (scale: float) (step: float) =
    let sums = Array.zeroCreate<float> 8

    for i in 0 .. weights.Length - 1 do
        let integer =
            Math.Round(Math.Clamp(weights[i] * scale, float lowest, float highest))

        let error = weights[i] - integer * step
        sums[i % 8] <- sums[i % 8] + error * error

    Seq.init 4 (fun lane -> sums[lane] + sums[lane + 4]) |> Seq.reduce (+)

let private largestOf (weights: float array) =
    weights
    |> Array.fold (fun largest weight -> if abs weight > abs largest then weight else largest) 0.0

/// The unsearched step, its zero point, and the others that are tried.
let private candidates (request: WeightOnlyRequest) (weights: float array) =
    let scaleOf levels width =
        if request.Steps = StepFormat.Float32 then
            1.0 / stored request (width / levels)
        else
            levels / width

    if request.Type.HasZeroPoints then
        let low, high = min 0.0 (Array.min weights), max 0.0 (Array.max weights)
        let scale = scaleOf 15.0 (high - low)
        let zero = Math.Clamp(Math.Round(-low * scale), 0.0, 15.0)
        scale, int zero, [ for factor in factors -> (high - low) / 15.0 * factor ]
    else
        let largest = largestOf weights
        let highest = if request.Type = WeightType.Int8 then 127.0 else 7.0

        scaleOf highest (abs largest),
        0,
        [
            for factor in factors do
                largest / (-highest - 1.0) * factor
                largest / highest * factor
        ]

let private reals (set: (float32 * int) array) = set |> Array.map (fst >> float)

let private searched (c: WeightOnlyCase) =
    { c with
        Request =
            { c.Request with
                Rule = StepRule.Searched
            }
    }

let private live (layer: WeightOnlyLayer) (c: WeightOnlyCase) =
    Seq.zip layer.Steps (sharing c layer)
    |> Seq.indexed
    |> Seq.filter (fun (_, (_, set)) -> set |> Array.exists (fun (_, integer) -> integer <> 0))

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 500)>]
let ``the step is the first of the least squared error among all candidates, whatever the vectors' width``
    (c: WeightOnlyCase)
    =
    let c = searched c
    let layer = plan c

    for slot, (step, set) in live layer c do
        let weights = reals set
        let scale, zero, wished = candidates c.Request weights
        let errorOf = errorOf (c.Request.Lowest - zero) (c.Request.Highest - zero) weights

        let all =
            (scale, stored c.Request (1.0 / scale))
            :: [
                for wish in wished do
                    let step = stored c.Request wish

                    if holds c.Request step then
                        1.0 / step, step
            ]

        let _, expected = all |> List.minBy (fun (scale, step) -> errorOf scale step)
        Assert.Equal(expected, step)

        if c.Request.Type.HasZeroPoints then
            Assert.Equal(zero, int layer.ZeroPoints[slot])

        for weight, integer in set do
            let nearest =
                Math.Round(
                    Math.Clamp(float weight / step, float (c.Request.Lowest - zero), float (c.Request.Highest - zero))
                )

            Assert.True(abs (float integer - nearest) <= 1.0)
            Assert.True(abs (float weight - float integer * step) <= abs (float weight - nearest * step) * (1.0 + 1e-9))

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 500)>]
let ``no group has a larger error than with the largest weight as the lowest or the highest integer``
    (c: WeightOnlyCase)
    =
    let c = searched c

    let layer =
        plan
            { c with
                Request =
                    { c.Request with
                        Type =
                            if c.Request.Type.HasZeroPoints then
                                WeightType.Int4
                            else
                                c.Request.Type
                    }
            }

    let lowest, highest = layer.Request.Lowest, layer.Request.Highest

    for _, (step, set) in live layer c do
        let weights = reals set
        let largest = largestOf weights

        let error =
            set |> Array.sumBy (fun (weight, integer) -> (float weight - float integer * step) ** 2.0)

        for lowest, step in
            [
                lowest, stored c.Request (largest / float lowest)
                -highest, stored c.Request (abs largest / float highest)
            ] do
            if holds c.Request step then
                Assert.True(error <= errorOf lowest highest weights (1.0 / step) step * (1.0 + 1e-9))

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 300)>]
let ``with zero points 0 stays 0, and searching never adds to the error`` (c: WeightOnlyCase) =
    let planned rule =
        let c =
            { c with
                Request =
                    { c.Request with
                        Type = WeightType.UInt4
                        Rule = rule
                    }
            }

        let layer = plan c
        Assert.Equal(layer.Steps.Length, layer.ZeroPoints.Length)
        Assert.All(layer.ZeroPoints, fun zero -> Assert.InRange(int zero, 0, 15))
        Assert.All(layer.Weights, fun weight -> Assert.InRange(int weight, 0, 15))

        for weights, integers in Seq.zip c.Weights (integers c layer) do
            for weight, integer in Seq.zip weights integers do
                if weight = 0.0f then
                    Assert.Equal(0, integer)

        Seq.zip layer.Steps (sharing c layer)
        |> Seq.map (fun (step, set) ->
            set |> Array.sumBy (fun (weight, integer) -> (float weight - float integer * step) ** 2.0))
        |> Seq.toArray

    for unsearched, found in Array.zip (planned StepRule.Largest) (planned StepRule.Searched) do
        Assert.True(found <= unsearched * (1.0 + 1e-9))
