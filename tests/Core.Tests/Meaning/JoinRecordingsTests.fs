module QuantFunctional.Tests.JoinRecordingsTests

open System.Text.Json
open Xunit
open QuantFunctional
open QuantFunctional.FSharp

/// A recorded join: every pair of stored inputs at which the processors do not agree; at all others they do.
type private Recorded =
    {
        Name: string
        Operator: string
        First: Storage
        Second: Storage
        Output: Storage
        // x64 with FMA, x64 without, ARM64, WebAssembly
        Differing: Map<struct (int * int), int array>
    }

let private recorded () =
    use file = JsonDocument.Parse(Shared.text "golden/ort-processors/add_mul.json")

    [
        for row in file.RootElement.EnumerateArray() ->
            let text (name: string) = row.GetProperty(name).GetString()

            let lowest, highest = if text "type" = "int8" then -128, 127 else 0, 255

            let storage (of': string) : Storage =
                {
                    Step = row.GetProperty(of' + "Step").GetSingle()
                    ZeroPoint = row.GetProperty(of' + "Zero").GetInt32()
                    Lowest = lowest
                    Highest = highest
                }

            {
                Name = string (text "name")
                Operator = string (text "op")
                First = storage "a"
                Second = storage "b"
                Output = storage "c"
                Differing =
                    Map.ofSeq (
                        seq {
                            for pair in row.GetProperty("differ").EnumerateArray() ->
                                let numbers = [| for number in pair.EnumerateArray() -> number.GetInt32() |]
                                struct (numbers[0], numbers[1]), numbers[2..]
                        }
                    )
            }
    ]

let private processors =
    [
        OperatorArithmetic.OnnxRuntimeX64Fma
        OperatorArithmetic.OnnxRuntimeX64
        OperatorArithmetic.OnnxRuntimeArm64
        OperatorArithmetic.OnnxRuntimeWasm
    ]

let private kernel arithmetic (model: Recorded) =
    let kernels =
        if model.Operator = "QLinearAdd" then
            JoinKernels.add arithmetic JoinRuns.Alike
        else
            JoinKernels.multiply arithmetic

    (kernels model.First model.Second model.Output).Value

[<SharedFact>]
let ``every processor's sums and products are those that ONNX Runtime gave there, all pairs of 600 models`` () =
    let models = recorded ()
    Assert.Equal(600, models.Length)
    Assert.Equal(581, models |> List.sumBy (fun model -> model.Differing.Count))

    let wrong =
        [
            for model in models do
                let kernels = processors |> List.map (fun arithmetic -> kernel arithmetic model)

                for a in model.First.Lowest .. model.First.Highest do
                    for b in model.Second.Lowest .. model.Second.Highest do
                        let found = kernels |> List.map (fun kernel -> kernel a b)

                        let isRight =
                            match model.Differing.TryFind(struct (a, b)) with
                            | Some expected -> found = List.ofArray expected
                            | None -> List.forall ((=) found.Head) found.Tail

                        if not isRight then
                            model.Name, a, b, found
        ]

    Assert.True(wrong.IsEmpty, $"{wrong.Length} pairs are wrong, first %A{List.tryHead wrong}")
