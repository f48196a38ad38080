namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Tries a kernel against the core's executor, the exact meaning of a layer's integers, and shrinks what fails.
[<AbstractClass; Sealed>]
type KernelCheck =

    /// Candidates looked at while a failing layer is made smaller.
    static member private MostCandidates = 50_000

    /// The case made smaller for as long as the kernel fails alike.
    static member private Shrink
        (options, kernel: Kernel, case: KernelCase, run: Execution, fault: KernelFault, seed: int option)
        =
        let mutable left = KernelCheck.MostCandidates

        let fails (candidate: KernelCase) =
            left <- left - 1

            match KernelFault.find kernel candidate with
            | Ok(run, Some found) when KernelFault.isAlike fault found -> Some(candidate, run, found)
            | _ -> None

        let rec descend shrinks (case, run, fault) =
            let next =
                KernelShrink.smaller options case |> Seq.takeWhile (fun _ -> left > 0) |> Seq.tryPick fails

            match next with
            | Some smaller -> descend (shrinks + 1) smaller
            | None -> shrinks, case, run, fault

        let shrinks, case, run, fault = descend 0 (case, run, fault)

        let message =
            [
                $"the kernel differs from the executor on a layer of {KernelStory.size case.Layer}"
                yield! KernelStory.ofCase case
                yield! KernelStory.ofFault case run fault
                match seed with
                | Some seed -> $"  shrunk in {shrinks} steps; seed {seed} finds it at once"
                | None -> $"  shrunk in {shrinks} steps"
            ]

        {
            Case = case
            Fault = fault
            Seed = Option.defaultValue 0 seed
            Shrinks = shrinks
            Message = String.Join("\n", message)
        }

    static member private Draw(options: KernelOptions, seed: int) : KernelCase =
        Gen.sampleWithSeed (Rnd(uint64 (uint seed), 0x9E3779B97F4A7C15UL)) 50 1 (KernelGen.case options)
        |> Array.head

    /// Runs the kernel on layers that the options ask for, until one fails; then shrinks that one.
    static member Run(kernel: Kernel, options: KernelOptions) : KernelReport =
        let kinds = ResizeArray<string>()
        let mutable outputs = 0L
        let mutable tried = 0
        let mutable found = None

        while found.IsNone && tried < options.Tests do
            let seed = options.Seed + tried
            let case = KernelCheck.Draw(options, seed)
            tried <- tried + 1

            match KernelFault.find kernel case with
            | Error fault -> invalidOp $"the executor refuses a planned layer, seed {seed}: {fault.Message}"
            | Ok(run, fault) ->
                outputs <- outputs + int64 run.Output.Values.Length

                kinds.AddRange(KernelClasses.ofRun case run)

                found <-
                    fault |> Option.map (fun fault -> KernelCheck.Shrink(options, kernel, case, run, fault, Some seed))

        {
            Layers = tried
            Outputs = outputs
            Classes =
                [
                    for name, count in kinds |> Seq.countBy id |> Seq.sortBy (fun (name, count) -> -count, name) do
                        { Name = name; Count = count }
                ]
            Counterexample =
                match found with
                | Some found -> found
                | None -> null
        }

    /// Runs the kernel on a layer and an input of one's own, and makes them smaller where it fails. Refused with an
    /// ArgumentException: an input that does not fit the layer.
    static member Run(kernel: Kernel, layer: IntegerLayer, input: IntegerTensor) : KernelReport =
        let case = { Layer = layer; Input = input }

        // its shape and its layout need not be among those that are generated
        let options =
            KernelOptions(
                Layouts = [ layer.Shape.Layout; WeightLayout.OI ],
                KernelAxes = [ 1 .. max 1 layer.Shape.KernelSizes.Length ]
            )

        match KernelFault.find kernel case with
        | Error fault -> invalidArg (nameof input) fault.Message
        | Ok(run, fault) ->
            {
                Layers = 1
                Outputs = int64 run.Output.Values.Length
                Classes = [ for name in KernelClasses.ofRun case run -> { Name = name; Count = 1 } ]
                Counterexample =
                    match fault with
                    | Some fault -> KernelCheck.Shrink(options, kernel, case, run, fault, None)
                    | None -> null
            }

    /// Layers for FsCheck, with their shrinker.
    static member Arbitrary(options: KernelOptions) : Arbitrary<KernelCase> =
        Arb.fromGenShrink (KernelGen.case options, KernelShrink.smaller options)

    /// True of a case on which the kernel gives what the executor gives; else labelled with what went wrong.
    static member Holds(kernel: Kernel, case: KernelCase) : Property =
        match KernelFault.find kernel case with
        | Error fault -> false |> Prop.label fault.Message
        | Ok(run, None) ->
            KernelClasses.ofRun case run
            |> List.fold (fun holds kind -> Prop.classify true kind holds) (Prop.ofTestable true)
        | Ok(run, Some fault) ->
            false
            |> Prop.label (String.Join("\n", KernelStory.ofCase case @ KernelStory.ofFault case run fault))

    /// Runs the kernel on 300 layers of every kind.
    static member Run(kernel: Kernel) : KernelReport =
        KernelCheck.Run(kernel, KernelOptions())
