namespace QuantFunctional.Proofs

open System
open System.Collections.Immutable
open System.Diagnostics
open QuantFunctional
open QuantFunctional.Commands
open QuantFunctional.FSharp
open QuantFunctional.Cli

/// What the int15 split's run showed.
type SplitResult =
    {
        Passed: bool
        Inputs: int
        Products: int64
        Seconds: float
        Differences: string list
    }

/// The int15 path for every 16-bit input, and with every weight of 8 bits (SPEC section 1): the halves are those of the
/// definition, Lo is the exact product of the halved input, Hi is its floor over 128.
[<RequireQualifiedAccess>]
module Split =

    let private weights = [| -128 .. 127 |]

    let private floorDivide (divisor: int64) (x: int64) =
        int64 (Math.Floor(decimal x / decimal divisor))

    /// A layer of one input channel with an output channel for each weight; nothing is added to its products.
    let private layer (intrinsicShift: int) : IntegerLayer =
        let need (result: Result<'T, Refusal>) =
            match result with
            | Ok value -> value
            | Error refusal -> invalidOp refusal.Message

        let channels = weights.Length

        let view =
            WeightView.create
                WeightLayout.OIHW
                1
                [ channels; 1; 1 ]
                (ReadOnlyMemory(Array.zeroCreate<float32> channels))
            |> need

        let encoding = Encoding.ofStep 1.0 0 ScalarType.Int16 |> need

        {
            Profile = BackendProfile.reference
            Path = ActivationPath.Int15
            Geometry = Geometry.plain 1
            Input = encoding
            Output = encoding
            Weights = ImmutableArray.CreateRange(Seq.map sbyte weights)
            Shape = view.Shape
            Bias = ImmutableArray.CreateRange(Seq.replicate channels 0L)
            Multiplier = Channelwise.perTensor 1
            Shift = Channelwise.perTensor 0
            IntrinsicShift = Channelwise.perTensor intrinsicShift
            OutputOffset = 0
            OutputRange = Interval.ofBits 16
        }

    let private inputs = [| int Int16.MinValue .. int Int16.MaxValue |]
    let private block = 4096

    /// The executor's products of a layer for some inputs: by weight, then input.
    let private products (layer: IntegerLayer) (inputs: int array) : int64 array array =
        let tensor =
            {
                Sizes = ImmutableArray.Create(1, 1, inputs.Length)
                Values = ImmutableArray.Create<int> inputs
            }

        match Executor.run layer tensor with
        | Error fault -> invalidOp fault.Message
        | Ok execution -> execution.Products |> Seq.toArray |> Array.chunkBySize inputs.Length

    let private halves () : string list =
        [
            for stored in inputs do
                let struct (hi, lo) = IntrinsicShift.halves stored
                let half = int (floorDivide 2L (int64 stored))

                // 128·hi + lo with 0 ≤ lo < 128 has one solution
                if 128 * hi + lo <> half || lo < 0 || lo > 127 || hi < -128 || hi > 127 then
                    $"the input {stored} is split into {hi} and {lo}, half of it is {half}"
        ]

    let private productsDiffer (report: int64 -> unit) : string list =
        let lo, hi = layer IntrinsicShift.Lo, layer IntrinsicShift.Hi

        [
            for some in Array.chunkBySize block inputs do
                let low, high = products lo some, products hi some

                for at in 0 .. some.Length - 1 do
                    let half = floorDivide 2L (int64 some[at])

                    for index in 0 .. weights.Length - 1 do
                        let exact = half * int64 weights[index]
                        let rest = exact - 128L * high[index][at]

                        if low[index][at] <> exact then
                            $"Lo of {some[at]} times {weights[index]} is {low[index][at]}, not {exact}"

                        if rest < 0L || rest > 127L then
                            $"Hi of {some[at]} times {weights[index]} is {high[index][at]}, not the floor of {exact} over 128"

                report (int64 some.Length)
        ]

    let run () : SplitResult =
        let started = Stopwatch.GetTimestamp()

        let differences =
            Progress.during "the int15 split" (int64 inputs.Length) (fun report -> halves () @ productsDiffer report)

        {
            Passed = differences.IsEmpty
            Inputs = inputs.Length
            Products = 2L * int64 inputs.Length * int64 weights.Length
            Seconds = (Stopwatch.GetElapsedTime started).TotalSeconds
            Differences = List.truncate 10 differences
        }

    let private show (result: SplitResult) : unit =
        Output.printTable
            [
                TextTable.Left "int15"
                TextTable.Right "Inputs"
                TextTable.Right "Products"
                TextTable.Right "Seconds"
                TextTable.Right "Differences"
            ]
            [
                [
                    "halves; Lo and Hi with every weight"
                    Output.grouped result.Inputs
                    Output.grouped result.Products
                    Output.fixedPoint 1 result.Seconds
                    Output.grouped result.Differences.Length
                ]
            ]

        for difference in result.Differences do
            printfn $"{difference}"

        let verdict = if result.Passed then "no difference" else "NOT PROVEN"
        printfn $"split: {verdict}"

    let report () : Output.Report =
        let result = run ()

        {
            Passed = result.Passed
            Show = fun () -> show result
            Document = result
        }
