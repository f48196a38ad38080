namespace QuantFunctional

open System.Collections.Immutable

/// What one arithmetic makes of a pair of stored numbers.
[<Struct; NoComparison>]
type JoinResult =
    {
        /// The arithmetic.
        Arithmetic: OperatorArithmetic
        /// The integer that it stores.
        Stored: int
    }

    override r.ToString() = $"{r.Arithmetic} {r.Stored}"

/// A pair of stored inputs of which arithmetics do not make the same.
[<NoComparison>]
type JoinDisagreement =
    {
        /// What the first operand stores.
        First: int
        /// What the second operand stores.
        Second: int
        /// What each arithmetic stores of the sum or product, in the order in which they were asked for; one that has an
        /// order of its own for repeated operands occurs once for each way in which the operands can meet.
        Results: ImmutableArray<JoinResult>
    }

    /// How far the smallest and the largest result lie apart.
    member d.Spread =
        let stored = d.Results |> Seq.map _.Stored
        Seq.max stored - Seq.min stored

    /// The disagreement in words.
    member d.Message =
        let name (arithmetic: OperatorArithmetic) =
            match arithmetic with
            | OperatorArithmetic.OnnxRuntimeX64Fma -> "x64 with FMA"
            | OperatorArithmetic.OnnxRuntimeX64 -> "x64 without FMA"
            | OperatorArithmetic.OnnxRuntimeArm64 -> "ARM64"
            | OperatorArithmetic.OnnxRuntimeWasm -> "WebAssembly"
            | OperatorArithmetic.Unfused -> "the standard"
            | OperatorArithmetic.Tflite -> "TFLite"

        let results =
            d.Results
            |> Seq.map (fun result -> $"{name result.Arithmetic} {result.Stored}")
            |> String.concat ", "

        $"of the stored inputs {d.First} and {d.Second} come {results}"

    override d.ToString() = d.Message

/// What was found of a join.
[<NoComparison>]
type JoinFindings =
    {
        /// How many pairs of stored inputs there are.
        Pairs: int
        /// On how many of them the arithmetics disagree.
        Disagreeing: int
        /// The pair on which they lie farthest apart, the first of several; null where they agree.
        Worst: JoinDisagreement | null
    }

    override f.ToString() =
        $"{f.Disagreeing} of {f.Pairs} pairs disagree"

namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// Whether several arithmetics make the same integers of every pair of stored inputs.
[<RequireQualifiedAccess>]
module JoinAgreement =

    // the kernels of all arithmetics; one arithmetic alone has nobody to agree with
    let private kernels (arithmetics: OperatorArithmetic seq) (join: Join) =
        match List.ofSeq arithmetics with
        | []
        | [ _ ] -> [||]
        | several ->
            [|
                for arithmetic in several do
                    for kernel in JoinKernels.ofJoin arithmetic join -> struct (arithmetic, kernel)
            |]

    let private disagrees (kernels: struct (OperatorArithmetic * (int -> int -> int)) array) first second =
        let struct (_, leading) = kernels[0]
        let expected = leading first second
        let mutable other = 1

        while other < kernels.Length
              && (let struct (_, kernel) = kernels[other] in kernel first second = expected) do
            other <- other + 1

        other < kernels.Length

    let private witness (kernels: struct (OperatorArithmetic * (int -> int -> int)) array) first second =
        {
            First = first
            Second = second
            Results =
                ImmutableArray.CreateRange(
                    kernels
                    |> Seq.map (fun struct (arithmetic, kernel) ->
                        {
                            Arithmetic = arithmetic
                            Stored = kernel first second
                        })
                )
        }

    /// The first pair of stored inputs on which the arithmetics disagree, if there is one. TFLite's goes with no others, so
    /// it has none.
    let tryFind (arithmetics: OperatorArithmetic seq) (join: Join) : JoinDisagreement voption =
        let kernels = kernels arithmetics join
        let mutable found = ValueNone

        if kernels.Length > 1 then
            JoinTies.scan join (fun first second ->
                if disagrees kernels first second then
                    found <- ValueSome(witness kernels first second)

                found.IsNone)

        found

    /// How many pairs of stored inputs the arithmetics disagree on, and the worst of them.
    let find (arithmetics: OperatorArithmetic seq) (join: Join) : JoinFindings =
        let kernels = kernels arithmetics join
        let mutable count = 0
        let mutable worst: JoinDisagreement | null = null

        if kernels.Length > 1 then
            JoinTies.scan join (fun first second ->
                if disagrees kernels first second then
                    count <- count + 1
                    let found = witness kernels first second

                    match worst with
                    | NonNull so when so.Spread >= found.Spread -> ()
                    | _ -> worst <- found

                true)

        {
            Pairs = join.FirstValues.Length * join.SecondValues.Length
            Disagreeing = count
            Worst = worst
        }
