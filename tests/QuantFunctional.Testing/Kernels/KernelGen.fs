namespace QuantFunctional.Testing

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Layers for kernels: planned from real ones, then taken to the edges of their arithmetic.
[<RequireQualifiedAccess>]
module KernelGen =

    let private requests (options: KernelOptions) =
        [
            for profile in options.Profiles do
                for precision in profile.Precisions do
                    for input in RequestGen.inputs profile do
                        let path =
                            if input = ScalarType.Int8 then
                                ActivationPath.Int8
                            elif RequestGen.isWhole profile input then
                                ActivationPath.Int16
                            else
                                ActivationPath.Int15

                        if Seq.contains precision options.Precisions && Seq.contains path options.Paths then
                            profile, precision, input
        ]

    let private orPlain (options: KernelOptions) (feature: KernelFeatures) (plain: 'T) (source: Gen<'T>) : Gen<'T> =
        if options.Features.HasFlag feature then
            source
        else
            Gen.constant plain

    let private often (plain: 'T) (source: Gen<'T>) : Gen<'T> =
        Gen.frequency [ 2, Gen.constant plain; 1, source ]

    let private request (options: KernelOptions) : Gen<PlanRequest * ScalarType> =
        let known = requests options

        if known.IsEmpty then
            invalidArg (nameof options) "no profile of the options runs one of their precisions on one of their paths"

        gen {
            let! profile, precision, input = Gen.elements known

            let! perChannel =
                Gen.elements [ true; false ] |> orPlain options KernelFeatures.PerChannel false

            let! asymmetric =
                Gen.elements [ true; true; false ] |> orPlain options KernelFeatures.OutputZeroPoint false

            return
                {
                    Profile = profile
                    Precision = PrecisionRequest.Exactly precision
                    PerChannel = perChannel
                    Asymmetric = asymmetric
                    BiasCorrection = BiasCorrection.Off
                    WeightRounding = WeightRounding.Nearest
                },
                input
        }

    let private sizes (options: KernelOptions) : Gen<WeightLayout * LogicalSizes> =
        gen {
            let! layout = Gen.elements options.Layouts
            let isProduct = layout = WeightLayout.OI || layout = WeightLayout.IO

            let! axes =
                if isProduct then
                    Gen.constant 0
                else
                    Gen.elements options.KernelAxes

            let! kernel =
                Gen.listOfLength axes (Gen.frequency [ 1, Gen.constant 1; 2, Gen.choose (2, 3) ])

            let! groups =
                if isProduct then
                    Gen.constant 1
                else
                    Gen.choose (1, min 3 options.MostChannels) |> often 1 |> orPlain options KernelFeatures.Groups 1

            let! outputs = Gen.choose (1, max 1 (options.MostChannels / groups))
            let few = min options.MostInputs 6

            let! inputs =
                if layout = WeightLayout.HWGO || layout = WeightLayout.IHWO then
                    Gen.constant 1
                else
                    Gen.frequency
                        [
                            1, Gen.constant 1
                            4, Gen.choose (1, few)
                            1, Gen.choose (1, (if axes > 1 then few else options.MostInputs))
                        ]

            return
                layout,
                {
                    Groups = groups
                    Outputs = outputs
                    Inputs = inputs
                    Kernel = kernel
                }
        }

    let private geometry (options: KernelOptions) (axes: int) : Gen<Geometry> =
        gen {
            let some feature plain highest count =
                Gen.choose (plain, highest)
                |> often plain
                |> Gen.arrayOfLength count
                |> orPlain options feature (Array.create count plain)

            let! strides = some KernelFeatures.Strides 1 3 axes
            let! pads = some KernelFeatures.Pads 0 2 (2 * axes)
            let! dilations = some KernelFeatures.Dilations 1 2 axes

            let! transposed =
                Gen.elements [ true; false; false; false ] |> orPlain options KernelFeatures.Transposed false

            return
                {
                    Strides = ImmutableArray.Create<int> strides
                    Pads = ImmutableArray.Create<int> pads
                    Dilations = ImmutableArray.Create<int> dilations
                    IsTransposed = transposed && axes > 0
                }
        }

    /// Spatial sizes with at least one output.
    let private spatial (geometry: Geometry) (kernel: int list) : Gen<int list> =
        kernel
        |> List.mapi (fun axis size ->
            let reach = geometry.Dilations[axis] * (size - 1) + 1
            let padding = geometry.Pads[axis] + geometry.Pads[kernel.Length + axis]

            let lowest =
                if geometry.IsTransposed then
                    max 1 ((padding - reach + geometry.Strides[axis]) / geometry.Strides[axis] + 1)
                else
                    max 1 (reach - padding)

            Gen.choose (lowest, lowest + (if kernel.Length > 2 then 1 else 3)))
        |> Gen.sequenceToList

    /// The integers of a planned layer, or nothing where it cannot be planned.
    let private layer (options: KernelOptions) : Gen<IntegerLayer option> =
        gen {
            let! layout, sizes = sizes options
            let! geometry = geometry options sizes.Kernel.Length

            let! drawn =
                request options |> LayerGen.ofSizes sizes.Channels sizes.Length sizes.Positions sizes.Groups

            let case =
                { drawn with
                    Relu = drawn.Relu && options.Features.HasFlag KernelFeatures.Relu
                    InputZeroPoint =
                        if options.Features.HasFlag KernelFeatures.InputZeroPoint then
                            drawn.InputZeroPoint
                        else
                            0
                }

            let weight (channel, input, position) =
                case.Weights[channel][input * sizes.Positions + position]

            return
                LayerCase.layerOf (Layouts.view layout sizes weight) geometry case
                |> Pipeline.plan (LayerCase.request case)
                |> Result.toOption
                |> Option.map _.Integers
        }

    /// Inputs at the ends of their type, at the zero point, near it, and anywhere.
    let private values (layer: IntegerLayer) (count: int) : Gen<int array> =
        let low, high = int layer.InputRange.Low, int layer.InputRange.High
        let zero = layer.Input.ZeroPoint
        let many source = Gen.arrayOfLength count source

        Gen.frequency
            [
                1, many (Gen.constant low)
                1, many (Gen.constant high)
                1, many (Gen.elements [ low; high ])
                1, many (Gen.constant zero)
                2, many (Gen.choose (max low (zero - 2), min high (zero + 2)))
                6, many (Gen.choose (low, high))
            ]

    let private input (options: KernelOptions) (layer: IntegerLayer) : Gen<IntegerTensor> =
        gen {
            let! samples = Gen.constant 2 |> often 1 |> orPlain options KernelFeatures.Samples 1
            let! spatial = spatial layer.Geometry (List.ofSeq layer.Shape.KernelSizes)

            let sizes = [ samples; layer.Shape.Inputs * layer.Shape.Groups; yield! spatial ]

            let! values = values layer (List.fold (*) 1 sizes)

            return
                {
                    Sizes = ImmutableArray.CreateRange sizes
                    Values = ImmutableArray.Create<int> values
                }
        }

    let rec private attempt (options: KernelOptions) (left: int) : Gen<KernelCase> =
        gen {
            match! layer options with
            | Some layer when options.Accepts.Invoke layer ->
                let! input = input options layer
                let case = { Layer = layer; Input = input }
                let! aims = Gen.elements [ true; false ]
                let! aimed = if aims then KernelAim.take case else Gen.constant case
                return (if options.Accepts.Invoke aimed.Layer then aimed else case)
            | _ when left = 0 ->
                return invalidOp "no layer of a thousand can be planned and is accepted: the options are too narrow"
            | _ -> return! attempt options (left - 1)
        }

    /// Layers that the options ask for, each with an input. What cannot be planned or is not accepted is drawn again, a
    /// thousand times at most.
    let case (options: KernelOptions) : Gen<KernelCase> = attempt options 1000
