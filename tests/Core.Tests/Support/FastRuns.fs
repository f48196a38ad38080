/// Runs of the fast executor in every way, beside the plain one.
module QuantFunctional.Testing.FastRuns

open System
open QuantFunctional
open QuantFunctional.FSharp

/// Pairs on vectors of so many bits.
let pairs (width: int) =
    $"pairs of {width} bits", Preparation.ofWidth width

let quads =
    "quads",
    fun layer ->
        if Preparation.takesQuads layer then
            Preparation.ofQuads layer
        else
            Preparation.ofWidth 256 layer

let ways = quads :: List.map pairs [ 0; 128; 256; 512 ]

/// What the plain executor says, as text that tells outputs and faults apart.
let said (result: Result<IntegerTensor, ExecutionFault>) =
    match result with
    | Ok output -> $"{List.ofSeq output.Sizes} " + String.Join(",", output.Values)
    | Error fault -> fault.Message

let plainly (run: FastRun) =
    said (Executor.run run.Layer run.Tensor |> Result.map _.Output)

let differs (run: FastRun) (way: string, prepare: IntegerLayer -> PreparedLayer) (threads: int) =
    let expected, found =
        plainly run, said (FastExecutor.run threads (prepare run.Layer) run.Tensor)

    if expected = found then
        None
    else
        Some $"{way}, {threads} threads: {found}\nnot {expected}"
