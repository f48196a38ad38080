namespace QuantFunctional.Testing

open System
open System.Collections.Generic
open QuantFunctional

/// A layer on which a kernel differs from the executor, as small as shrinking made it.
[<NoComparison>]
type KernelCounterexample =
    {
        /// The layer's integers and the input.
        Case: KernelCase
        /// What the kernel did.
        Fault: KernelFault
        /// The seed whose first layer is the one that was shrunk to this one; 0 for a layer of one's own.
        Seed: int
        /// How many times it was made smaller.
        Shrinks: int
        /// All of this in lines that can be followed by hand.
        Message: string
    }

/// How many of the layers, or of the outputs, were of a kind.
[<NoComparison>]
type KernelClass = { Name: string; Count: int }

/// What came of trying a kernel.
[<NoComparison>]
type KernelReport =
    {
        /// How many layers were run, the failing one included.
        Layers: int
        /// How many outputs were compared.
        Outputs: int64
        /// What kinds of layers were among them, so that one can see what was tried.
        Classes: IReadOnlyList<KernelClass>
        /// Where the kernel differs; null where it never does.
        Counterexample: KernelCounterexample | null
    }

    /// True where the kernel gave what the executor gives, every time.
    member r.Passed = isNull (box r.Counterexample)

    /// The counterexample, or what was tried, in lines.
    member r.Message =
        match r.Counterexample with
        | NonNull found -> found.Message
        | Null ->
            let lines =
                r.Classes |> Seq.map (fun kind -> $"  {100 * kind.Count / max 1 r.Layers} %% {kind.Name}")

            $"the kernel gives what the executor gives on {r.Layers} layers, {r.Outputs} outputs\n"
            + String.Join("\n", lines)
