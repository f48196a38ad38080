namespace QuantFunctional.Testing

open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.FSharp

/// Makes a failing layer simpler, on its integers alone.
[<RequireQualifiedAccess>]
module KernelShrink =

    /// How many outputs of a channel are looked at, since any of them may be the one that fails.
    let private mostPlaces = 8

    /// The products of each channel at some of its outputs: one array of channels for each output.
    let private products (case: KernelCase) : int64 array list =
        match Executor.run case.Layer case.Input with
        | Error _ -> []
        | Ok run ->
            let channels = case.Layer.Shape.Channels
            let places = Seq.fold (*) 1 (Seq.skip 2 run.Output.Sizes)

            [
                for place in 0 .. min mostPlaces places - 1 do
                    Array.init channels (fun channel -> run.Products[channel * places + place])
            ]

    /// The smaller case with biases that bring each channel's sum at one output back to what it was: a rounding fault shows
    /// at some sums alone, and would be lost with the first weight that changes.
    let private withOldSums (before: int64 array list) (smaller: KernelCase) : KernelCase seq =
        let bias = smaller.Layer.Bias

        let after = products smaller

        let pairs =
            if before.Length = after.Length then
                List.zip before after
            else
                List.allPairs (List.truncate 3 before) (List.truncate 3 after)

        seq {
            for before, after in List.distinct pairs do
                if before.Length = after.Length && before <> after then
                    { smaller with
                        Layer =
                            { smaller.Layer with
                                Bias = Seq.map3 (fun b p q -> b + p - q) bias before after |> ImmutableArray.CreateRange
                            }
                    }
        }

    /// Smaller cases that the options still ask for, the largest steps first: fewer samples, groups, channels, inputs and
    /// kernel positions, a simpler geometry, then smaller numbers. None of them can overflow.
    let smaller (options: KernelOptions) (case: KernelCase) : KernelCase seq =
        let parts = LayerParts.ofCase case
        let before = products case

        let admitted (smaller: KernelCase) =
            KernelRules.isAskedFor options smaller && KernelRules.isSound smaller.Layer

        Seq.append (ShapeShrink.smaller parts) (NumberShrink.smaller parts)
        |> Seq.map LayerParts.toCase
        |> Seq.collect (fun smaller -> Seq.append [ smaller ] (withOldSums before smaller))
        |> Seq.filter admitted
