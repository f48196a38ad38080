namespace QuantFunctional.Testing

open QuantFunctional
open QuantFunctional.FSharp

/// Makes a failing layer simpler, on its integers alone.
[<RequireQualifiedAccess>]
module KernelShrink =

    /// The product of each channel's first output, if there is one.
    let private products (case: KernelCase) : int64 array option =
        match Executor.run case.Layer case.Input with
        | Ok run when not run.Products.IsEmpty ->
            let channels = case.Layer.Shape.Channels
            let places = Seq.fold (*) 1 (Seq.skip 2 run.Output.Sizes)
            Some(Array.init channels (fun channel -> run.Products[channel * places]))
        | _ -> None

    /// The smaller case with biases that bring each channel's first sum back to what it was: a rounding fault shows at some
    /// sums alone, and would be lost with the first weight that changes.
    let private withOldSums (before: int64 array option) (smaller: KernelCase) : KernelCase seq =
        match before, products smaller with
        | Some before, Some after when before.Length = after.Length && before <> after ->
            let bias = smaller.Layer.Bias

            Seq.singleton
                { smaller with
                    Layer =
                        { smaller.Layer with
                            Bias =
                                bias
                                    .RemoveRange(0, bias.Length)
                                    .AddRange(Seq.map3 (fun b p q -> b + p - q) bias before after)
                        }
                }
        | _ -> Seq.empty

    /// Smaller cases that the options still ask for, the largest steps first: fewer samples, groups, channels, inputs and
    /// kernel positions, a simpler geometry, then smaller numbers. None of them can overflow.
    let smaller (options: KernelOptions) (case: KernelCase) : KernelCase seq =
        let parts = LayerParts.ofCase case
        let before = products case

        let admitted (smaller: KernelCase) =
            KernelRules.isAskedFor options smaller && KernelRules.isSound smaller.Layer

        Seq.append (ShapeShrink.smaller parts) (NumberShrink.smaller parts)
        |> Seq.map LayerParts.toCase
        |> Seq.collect (fun smaller -> Seq.append [ smaller ] (Seq.delay (fun () -> withOldSums before smaller)))
        |> Seq.filter admitted
