module QuantFunctional.Tests.BadInputTests

open System.Globalization
open Xunit
open Xunit.Abstractions
open FsCheck
open FsCheck.FSharp
open Microsoft.FSharp.Reflection
open QuantFunctional
open QuantFunctional.Testing

type Doors(output: ITestOutputHelper) =

    [<Fact>]
    member _.``P16 bad input of each kind is refused under its own name, whatever the layer``() =
        let sound = LayerGen.case |> Gen.filter (LayerCase.plan >> Result.isOk)

        let source =
            gen {
                let! name, plant = Gen.elements Faults.all
                let! case = sound
                let! n = Gen.choose (0, 10_000)
                return name, plant, case, n
            }

        let samples = Gen.sampleWithSeed (Rnd(5UL, 7UL)) 50 1000 source

        for name, plant, case, n in samples do
            match plant case n with
            | Ok() -> failwith $"{name} {n} was not refused: {case.Text}"
            | Error refusal ->
                let found, _ = FSharpValue.GetUnionFields(refusal, typeof<Refusal>)
                Assert.True((name = found.Name), $"{name} {n} was refused as {refusal}: {case.Text}")

        let tally = samples |> Seq.countBy (fun (name, _, _, _) -> name) |> Map.ofSeq

        for name, _ in Faults.all do
            let share = 100.0 * float tally[name] / float samples.Length
            output.WriteLine(name + ": " + share.ToString("F1", CultureInfo.InvariantCulture) + " %")
            Assert.True(share >= 1.0, name)
