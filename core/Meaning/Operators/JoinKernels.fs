namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// What each arithmetic makes of two stored numbers.
[<RequireQualifiedAccess>]
module JoinKernels =

    let private swapped (kernel: int -> int -> int) : int -> int -> int = fun x y -> kernel y x

    /// The sum. None for TFLite, whose kernels round as its accumulator does: `TfliteElementwise`.
    let add (arithmetic: OperatorArithmetic) (runs: JoinRuns) (a: Storage) (b: Storage) (sum: Storage) =
        match arithmetic, runs with
        | OperatorArithmetic.OnnxRuntimeX64Fma, JoinRuns.FirstRepeats -> Some(swapped (X64FmaElementwise.add b a sum))
        | OperatorArithmetic.OnnxRuntimeX64Fma, _ -> Some(X64FmaElementwise.add a b sum)
        | OperatorArithmetic.OnnxRuntimeX64, JoinRuns.FirstRepeats -> Some(swapped (X64Elementwise.add true b a sum))
        | OperatorArithmetic.OnnxRuntimeX64, JoinRuns.SecondRepeats -> Some(X64Elementwise.add true a b sum)
        | OperatorArithmetic.OnnxRuntimeX64, JoinRuns.Alike -> Some(X64Elementwise.add false a b sum)
        | OperatorArithmetic.OnnxRuntimeArm64, _ -> Some(Arm64Elementwise.add a b sum)
        | OperatorArithmetic.OnnxRuntimeWasm, _ -> Some(WasmElementwise.add a b sum)
        | OperatorArithmetic.Unfused, _ -> Some(UnfusedElementwise.add a b sum)
        | OperatorArithmetic.Tflite, _ -> None

    /// The product. None for TFLite.
    let multiply (arithmetic: OperatorArithmetic) (a: Storage) (b: Storage) (product: Storage) =
        match arithmetic with
        | OperatorArithmetic.OnnxRuntimeX64Fma
        | OperatorArithmetic.OnnxRuntimeX64 -> Some(X64FmaElementwise.multiply a b product)
        | OperatorArithmetic.OnnxRuntimeArm64 -> Some(Arm64Elementwise.multiply a b product)
        | OperatorArithmetic.OnnxRuntimeWasm -> Some(WasmElementwise.multiply a b product)
        | OperatorArithmetic.Unfused -> Some(UnfusedElementwise.multiply a b product)
        | OperatorArithmetic.Tflite -> None

    /// An arithmetic's kernels for every way in which the operands of a join can meet.
    let ofJoin (arithmetic: OperatorArithmetic) (join: Join) : (int -> int -> int) list =
        match join.Operator with
        | JoinOperator.Mul -> Option.toList (multiply arithmetic join.First join.Second join.Output)
        | JoinOperator.Add ->
            [
                for runs in join.Runs do
                    yield! Option.toList (add arithmetic runs join.First join.Second join.Output)
            ]
