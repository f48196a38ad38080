namespace QuantFunctional

open System.Collections.Immutable

/// Whole numbers in rows: sample, channel, then the spatial axes, the last running fastest.
[<NoComparison>]
type IntegerTensor =
    {
        Sizes: ImmutableArray<int>
        Values: ImmutableArray<int>
    }

    override t.ToString() =
        $"{FSharp.ShortText.sizes t.Sizes}: {FSharp.ShortText.list t.Values}"

    /// Whole numbers in a shape. Their number must be the product of the sizes: `Executor.run` tells where it is not.
    static member Of(sizes: int seq, values: int seq) : IntegerTensor =
        {
            Sizes = ImmutableArray.CreateRange sizes
            Values = ImmutableArray.CreateRange values
        }

/// The values of an intermediate, in the order of the output.
[<NoComparison>]
type IntermediateValues =
    {
        Intermediate: Intermediate
        /// The bits of the signed integer that must hold each.
        Bits: int
        Values: ImmutableArray<int64>
    }

    override v.ToString() =
        $"{v.Intermediate.Name}: {FSharp.ShortText.list v.Values} in {v.Bits} bits"

/// Every number that a layer makes of an input.
[<NoComparison>]
type Execution =
    {
        /// In the order in which they come about.
        Intermediates: ImmutableArray<IntermediateValues>
        /// Qc.
        Output: IntegerTensor
    }

    /// The values of an intermediate; none where the target's arithmetic does not have it.
    member e.Of(intermediate: Intermediate) : ImmutableArray<int64> =
        e.Intermediates
        |> Seq.tryFind (fun known -> known.Intermediate = intermediate)
        |> Option.map _.Values
        |> Option.defaultValue ImmutableArray.Empty

    /// P: the products.
    member e.Products = e.Of Intermediate.Product

    /// P + Qb: what is requantized.
    member e.Accumulators = e.Of Intermediate.ProductAndBias

    override e.ToString() = $"output {e.Output}"

/// Why a layer cannot be run on an input.
[<RequireQualifiedAccess; NoComparison>]
type ExecutionFault =
    /// The input's axes are not sample, channels of the layer, and one for each axis of the kernel.
    | InputShape of Sizes: ImmutableArray<int> * Expected: string
    /// An input lies outside its type.
    | InputOutOfRange of Index: int * Value: int
    /// An intermediate leaves the signed integer of so many bits that must hold it.
    | Overflow of Intermediate: Intermediate * Bits: int * Channel: int * Index: int * Value: bigint

    /// The fault as a sentence.
    member f.Message =
        match f with
        | InputShape(sizes, expected) ->
            let found = System.String.Join("x", sizes)
            $"an input of the shape {found} does not fit: {expected}"
        | InputOutOfRange(index, value) -> $"the input at index {index} is {value}, outside its type"
        | Overflow(intermediate, bits, channel, index, value) ->
            $"channel {channel}: {intermediate.Name} is {value} at output {index}, which {bits} bits do not hold"

    override f.ToString() = f.Message
