module QuantFunctional.Tests.FastArraysTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.FastRuns

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 300)>]
let ``one input outside its type is the fault of every executor, wherever it stands`` (case: FastCase) (at: uint16) =
    let run = FastCase.run case
    let values = Array.copy run.Values

    values.Length > 0
    ==> lazy
        (let range = run.Layer.InputRange

         let wrong =
             [| int range.High + 1; int range.Low - 1; Int32.MaxValue; Int32.MinValue |][int at % 4]

         values[int at % values.Length] <- wrong

         let prepared = FastExecutor.prepare run.Layer

         // a layer that overflows on its own inputs makes no output, so needs no room for one
         let room = FastExecutor.run 1 prepared run.Tensor |> Result.map _.Values.Length
         let into = Array.zeroCreate (Result.defaultValue 0 room)
         let run = { run with Values = values }
         let expected = plainly run

         said (FastExecutor.run 2 prepared run.Tensor) = expected
         && (FastExecutor.runInto 1 prepared run.Tensor into |> Result.mapError _.Message) = Error expected)

/// An array with room for one value more, filled with a number that no output is.
let private room (like: IntegerTensor) (filler: 'T) =
    Array.replicate (like.Values.Length + 1) filler

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 200)>]
let ``an array of one's own gets the same values, and nothing behind them`` (case: FastCase) =
    let run = FastCase.run case
    let prepared = FastExecutor.prepare run.Layer

    match FastExecutor.run 1 prepared run.Tensor with
    | Error fault ->
        let into = FastExecutor.runInto 1 prepared run.Tensor [||]
        into |> Result.mapError _.Message = Error fault.Message
    | Ok output ->
        let values = room output Int32.MinValue

        match FastExecutor.runInto 2 prepared run.Tensor values with
        | Ok sizes -> Assert.True(Seq.compareWith compare sizes output.Sizes = 0)
        | Error fault -> Assert.Fail fault.Message

        Assert.Equal<int>(Seq.append output.Values [ Int32.MinValue ], values)

        Assert.Throws<ArgumentException>(fun () ->
            FastExecutor.runInto 1 prepared run.Tensor (Array.zeroCreate (output.Values.Length - 1)) |> ignore)
        |> ignore

        true
