namespace QuantFunctional

/// The integers that weights become while activations stay real numbers.
[<RequireQualifiedAccess; NoComparison>]
type WeightType =
    /// −127 to 127.
    | Int8
    /// −7 to 7; two of them fit into a byte.
    | Int4

    /// How many bits a weight has.
    member t.Bits =
        match t with
        | Int8 -> 8
        | Int4 -> 4

    /// The type that files store them in.
    member t.Scalar =
        match t with
        | Int8 -> ScalarType.Int8
        | Int4 -> ScalarType.Int4

    /// The type's name as the command line and file formats spell it: `int8`, `int4`.
    member t.Name = t.Scalar.Name

    override t.ToString() = t.Name

/// Which weights share a step.
[<RequireQualifiedAccess; NoComparison>]
type WeightGranularity =
    /// All of them.
    | PerTensor
    /// Those of an output channel.
    | PerChannel
    /// So many consecutive weights of an output channel, 1 or more, in the logical order: input channel, then kernel
    /// position. A channel's last group may be shorter.
    | PerGroup of Size: int

    override g.ToString() =
        match g with
        | PerTensor -> "per tensor"
        | PerChannel -> "per channel"
        | PerGroup size -> $"in groups of {size}"

/// How weights alone are to be quantized.
[<NoComparison>]
type WeightOnlyRequest =
    {
        /// The type of the integers.
        Type: WeightType
        /// Which weights share a step.
        Granularity: WeightGranularity
        /// What files hold a step in.
        Steps: StepFormat
    }

    override r.ToString() = $"{r.Type} {r.Granularity}"
