namespace QuantFunctional

/// The integers that weights become while activations stay real numbers.
[<RequireQualifiedAccess; NoComparison>]
type WeightType =
    /// −127 to 127, and −128 where the step is searched.
    | Int8
    /// −7 to 7, and −8 where the step is searched; two of them fit into a byte.
    | Int4
    /// 0 to 15, of which one stands for 0, another one for each step; two of them fit into a byte.
    | UInt4

    /// How many bits a weight has.
    member t.Bits =
        match t with
        | Int8 -> 8
        | Int4
        | UInt4 -> 4

    /// The type that files store them in.
    member t.Scalar =
        match t with
        | Int8 -> ScalarType.Int8
        | Int4 -> ScalarType.Int4
        | UInt4 -> ScalarType.UInt4

    /// Whether each step has a zero point: the integer that stands for 0.
    member t.HasZeroPoints =
        match t with
        | UInt4 -> true
        | Int8
        | Int4 -> false

    /// The type's name as the command line and file formats spell it: `int8`, `int4`, `uint4`.
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

/// How the step of the weights that share one is found.
[<RequireQualifiedAccess; NoComparison>]
type StepRule =
    /// The smallest with which no weight is clipped: max│w│ is the largest integer; with zero points, the lowest and the highest
    /// weight, 0 among them, are 15 steps apart.
    | Largest
    /// Of a fixed list of steps, negative ones among them where there is no zero point, the first with the least squared error.
    | Searched

    /// The rule's name as the command line and file formats spell it: `largest`, `searched`.
    member r.Name =
        match r with
        | Largest -> "largest"
        | Searched -> "searched"

    override r.ToString() = r.Name

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
        /// How each step is found.
        Rule: StepRule
    }

    /// The lowest integer that a weight may become.
    member r.Lowest =
        match r.Type, r.Rule with
        | WeightType.UInt4, _ -> 0
        | _, StepRule.Searched -> -r.Highest - 1
        | _, StepRule.Largest -> -r.Highest

    /// The highest integer that a weight may become.
    member r.Highest =
        if r.Type.HasZeroPoints then
            (1 <<< r.Type.Bits) - 1
        else
            FSharp.WeightScales.largestInteger r.Type.Bits

    override r.ToString() =
        match r.Rule with
        | StepRule.Largest -> $"{r.Type} {r.Granularity}"
        | StepRule.Searched -> $"{r.Type} {r.Granularity}, steps searched"
