namespace QuantFunctional.Testing

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// A layer of any integers, not only of those that planning makes, and what it is run on.
[<NoComparison>]
type FastRun =
    {
        Layer: IntegerLayer
        Sizes: int list
        Values: int array
    }

    member run.Tensor: IntegerTensor =
        {
            Sizes = ImmutableArray.CreateRange run.Sizes
            Values = ImmutableArray.Create<int> run.Values
        }

/// What decides a case; it prints and replays.
type FastCase =
    {
        Profile: int
        Groups: int
        Outputs: int
        Inputs: int
        Kernel: int list
        /// How far the input is larger than the kernel along each axis.
        Room: int list
        Samples: int
        Seed: int
    }

[<RequireQualifiedAccess>]
module FastCase =

    /// Every named profile with each of its paths.
    let profiles =
        [|
            for profile in BackendProfile.named do
                for path in profile.Paths do
                    profile, path
        |]

    let private some (random: Random) (lowest: int) (highest: int) (count: int) =
        ImmutableArray.CreateRange(Seq.init count (fun _ -> random.Next(lowest, highest + 1)))

    /// Multipliers and shifts as planning makes them, near the factor that spreads the sums over the output.
    let private requantization (random: Random) (profile: BackendProfile) (channels: int) =
        let multiplier () =
            match random.Next 4, profile.Multiplier with
            | 0, _ -> 1
            | _, MultiplierForm.Single24 -> random.Next(1 <<< 23, 1 <<< 24)
            | _ -> random.Next(1 <<< 30, Int32.MaxValue)

        let multipliers = Array.init channels (fun _ -> multiplier ())

        let shifts =
            multipliers
            |> Array.map (fun multiplier ->
                let bits = 32 - Numerics.BitOperations.LeadingZeroCount(uint32 multiplier)
                bits - 1 + random.Next(0, 20))

        Channelwise.perChannel multipliers, Channelwise.perChannel shifts

    let private weightsOf (random: Random) count =
        let kind = random.Next 5

        ImmutableArray.CreateRange(
            Seq.init count (fun _ ->
                match kind with
                | 0 -> -128y
                | 1 -> 127y
                | _ -> sbyte (random.Next(-128, 128)))
        )

    /// The layer and the input of a case.
    let run (case: FastCase) : FastRun =
        let random = Random case.Seed
        let profile, path = profiles[case.Profile % profiles.Length]
        let axes = case.Kernel.Length
        let transposed = axes > 0 && random.Next 4 = 0

        let layout, sizes =
            if axes = 0 then
                WeightLayout.OI, [ case.Outputs; case.Inputs ]
            elif transposed then
                WeightLayout.IOHW, [ case.Groups * case.Inputs; case.Outputs; yield! case.Kernel ]
            else
                WeightLayout.OHWI, [ case.Groups * case.Outputs; yield! case.Kernel; case.Inputs ]

        let shape =
            LayerCase.need (WeightShape.create layout (if axes = 0 then 1 else case.Groups) sizes)

        let input =
            if path = ActivationPath.Int8 then
                ScalarType.Int8
            else
                ScalarType.Int16

        let struct (low, high) = LayerCase.inputRange input

        let zeroPoint =
            if path = ActivationPath.Int16 then
                0
            else
                random.Next(low, high + 1)

        let output = [| ScalarType.Int8; ScalarType.Int8; ScalarType.Int16 |][random.Next 3]

        let output =
            if profile.Name = BackendProfile.onnxRuntime.Name then
                ScalarType.Int8
            else
                output

        let struct (lowest, highest) = LayerCase.inputRange output
        let multiplier, shift = requantization random profile shape.Channels
        let offset = random.Next(lowest, highest + 1)
        let kind = random.Next 4
        let inputSizes = List.map2 (+) case.Kernel case.Room

        let count = case.Samples * shape.Inputs * shape.Groups * List.fold (*) 1 inputSizes

        {
            Layer =
                {
                    Profile = profile
                    Path = path
                    Geometry =
                        {
                            Strides = some random 1 3 axes
                            Pads = some random 0 2 (2 * axes)
                            Dilations = some random 1 2 axes
                            IsTransposed = transposed
                        }
                    Input = LayerCase.need (Encoding.ofStep 0.5 zeroPoint input)
                    Output = LayerCase.need (Encoding.ofStep 0.5 0 output)
                    Weights = weightsOf random shape.Count
                    Shape = shape
                    Bias =
                        ImmutableArray.CreateRange(
                            Seq.init shape.Channels (fun _ -> random.NextInt64(-(1L <<< 22), 1L <<< 22))
                        )
                    Multiplier = multiplier
                    Shift = shift
                    IntrinsicShift =
                        Channelwise.perChannel (
                            Array.init shape.Channels (fun _ ->
                                if path <> ActivationPath.Int15 then 0
                                elif random.Next 2 = 0 then IntrinsicShift.Hi
                                else IntrinsicShift.Lo)
                        )
                    OutputOffset = offset
                    OutputRange =
                        {
                            Low = (if random.Next 3 = 0 then int64 offset else int64 lowest)
                            High = int64 highest
                        }
                }
            Sizes = [ case.Samples; shape.Inputs * shape.Groups; yield! inputSizes ]
            Values =
                Array.init count (fun _ ->
                    match kind with
                    | 0 -> low
                    | 1 -> high
                    | _ -> random.Next(low, high + 1))
        }

type FastCases =
    static member FastCase() =
        gen {
            let! profile = Gen.choose (0, FastCase.profiles.Length - 1)
            let! groups = Gen.elements [ 1; 1; 1; 2; 3; 5 ]
            let! outputs = Gen.choose (1, 10)
            let! inputs = Gen.choose (1, 9)
            let! axes = Gen.elements [ 0; 1; 2; 2; 2; 3 ]
            let! kernel = Gen.listOfLength axes (Gen.choose (1, 3))
            let! room = Gen.listOfLength axes (Gen.choose (0, (if axes = 3 then 4 else 20)))
            let! samples = Gen.choose (1, 3)
            let! seed = Gen.choose (0, Int32.MaxValue)

            return
                {
                    Profile = profile
                    Groups = groups
                    Outputs = outputs
                    Inputs = if axes = 0 then inputs * 11 else inputs
                    Kernel = kernel
                    Room = room
                    Samples = samples
                    Seed = seed
                }
        }
        |> Arb.fromGen
