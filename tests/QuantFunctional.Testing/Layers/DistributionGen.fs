namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Observed distributions, with their shrinker.
[<RequireQualifiedAccess>]
module DistributionGen =

    let private far = NumberGen.magnitude -100 100

    /// Two ends in order: on both sides of 0, on one, one value, and 0 alone.
    let range: Gen<float * float> =
        Gen.oneof
            [
                Gen.map2 (fun a b -> -a, b) far far
                Gen.map2 (fun a b -> min a b, max a b) far far
                Gen.map2 (fun a b -> -(max a b), -(min a b)) far far
                Gen.map (fun b -> 0.0, b) far
                Gen.map (fun a -> -a, 0.0) far
                Gen.map (fun c -> c, c) (NumberGen.signed far)
                Gen.constant (0.0, 0.0)
            ]

    /// The distribution of a layer of so many channels: stated or observed, with means and a histogram or without.
    let distribution (channels: int) : Gen<ObservedDistribution> =
        gen {
            let! low, high = range

            let! make =
                Gen.elements [ ObservedDistribution.ofRange; ObservedDistribution.ofObservation ]

            let! withMeans, withHistogram = Gen.two (Gen.elements [ true; false ])
            let! parts = Gen.arrayOfLength channels (Gen.choose (0, 1000))
            let! counts = Gen.choose (0, 1000) |> Gen.map int64 |> Gen.nonEmptyListOf

            let means =
                parts |> Array.map (fun part -> low + (high - low) * float part / 1000.0)

            let bare = make low high

            let told =
                if withMeans then
                    Result.bind (ObservedDistribution.withMeans means) bare
                else
                    bare

            return
                (if withHistogram then
                     Result.bind (ObservedDistribution.withHistogram counts) told
                 else
                     told)
                |> LayerCase.need
        }

    /// Without histogram, without means, then with rounder ends nearer to 0.
    let smaller (distribution: ObservedDistribution) : ObservedDistribution seq =
        let remade low high means =
            ObservedDistribution.ofRange low high
            |> Result.bind (fun bare ->
                if Seq.isEmpty means then
                    Ok bare
                else
                    ObservedDistribution.withMeans means bare)
            |> LayerCase.need

        let low, high, means = distribution.Low, distribution.High, distribution.Means

        let rounder x =
            if x = 0.0 then
                0.0
            else
                Math.CopySign(Math.ScaleB(1.0, Math.ILogB x), x)

        seq {
            if not (isNull (box distribution.Histogram)) then
                yield remade low high means

            if not means.IsEmpty then
                yield remade low high []

            for newLow, newHigh in [ 0.0, 0.0; min 0.0 high, high; low, max 0.0 low; rounder low, rounder high ] do
                if
                    (newLow, newHigh) <> (low, high)
                    && newLow <= newHigh
                    && abs newLow <= abs low
                    && abs newHigh <= abs high
                then
                    yield remade newLow newHigh []
        }
