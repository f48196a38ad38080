namespace QuantFunctional.Testing

open System
open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.FSharp

/// What a kernel did wrong.
[<RequireQualifiedAccess; NoComparison>]
type KernelFault =
    /// An output of another shape.
    | WrongShape of Found: string * Expected: string
    /// The first output that differs.
    | WrongOutput of Index: int * Channel: int * Found: int * Expected: int
    /// It threw.
    | Threw of Exception: string * Text: string

[<RequireQualifiedAccess>]
module internal KernelFault =

    let private text (sizes: ImmutableArray<int>) = String.Join("x", sizes)

    /// True where two faults are of one kind, so that shrinking does not slip from one cause to another.
    let isAlike (a: KernelFault) (b: KernelFault) : bool =
        match a, b with
        | KernelFault.WrongShape _, KernelFault.WrongShape _
        | KernelFault.WrongOutput _, KernelFault.WrongOutput _ -> true
        | KernelFault.Threw(a, _), KernelFault.Threw(b, _) -> a = b
        | _ -> false

    let private compare (expected: IntegerTensor) (found: IntegerTensor) =
        let isWhole =
            not found.Sizes.IsDefault
            && not found.Values.IsDefault
            && found.Values.Length = expected.Values.Length
            && Seq.compareWith Operators.compare found.Sizes expected.Sizes = 0

        if not isWhole then
            let count = if found.Values.IsDefault then 0 else found.Values.Length

            let shape =
                if found.Sizes.IsDefault then
                    "no sizes"
                else
                    text found.Sizes

            Some(KernelFault.WrongShape($"{shape} with {count} values", text expected.Sizes))
        else
            let places = Seq.fold (*) 1 (Seq.skip 2 expected.Sizes)

            seq { 0 .. expected.Values.Length - 1 }
            |> Seq.tryFind (fun index -> expected.Values[index] <> found.Values[index])
            |> Option.map (fun index ->
                let channel = index / places % expected.Sizes[1]
                KernelFault.WrongOutput(index, channel, found.Values[index], expected.Values[index]))

    /// What the kernel does otherwise than the executor, or nothing; and what the executor made of the input.
    let find (kernel: Kernel) (case: KernelCase) : Result<Execution * KernelFault option, ExecutionFault> =
        Executor.run case.Layer case.Input
        |> Result.map (fun run ->
            let fault =
                try
                    let found = kernel.Invoke(case.Layer, case.Input)

                    if isNull (box found) then
                        Some(KernelFault.WrongShape("nothing", text run.Output.Sizes))
                    else
                        compare run.Output found
                with error ->
                    Some(KernelFault.Threw(error.GetType().Name, error.Message))

            run, fault)
