namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Layers from their arrays and numbers, with what is usual where nothing is said.
[<AbstractClass; Sealed>]
type LayerOf private () =
    static member private Of
        (
            layout: WeightLayout,
            groups: int,
            sizes: int seq,
            weights: float32 array,
            bias: float32 array,
            inputStep: float,
            inputZeroPoint: int,
            inputType: ScalarType,
            output: float * float,
            relu: bool,
            geometry: int -> Geometry
        ) : Result<Layer, Refusal> =
        result {
            let! view = WeightView.create layout groups sizes (ReadOnlyMemory weights)
            let! input = Encoding.ofStep inputStep inputZeroPoint inputType
            let! range = ObservedDistribution.ofRange (fst output) (snd output)
            let activation = if relu then Activation.Relu else Activation.Linear

            return!
                Layer.create view (geometry view.Shape.KernelSizes.Length) (ReadOnlyMemory bias) input range activation
        }

    /// A convolution with weights as ONNX and PyTorch order them: output channels, input channels of a group, and one to three
    /// sizes of the kernel. The input is int8 of so many real units per step; the output takes values from the first to the
    /// second number. Without more: no bias, no ReLU, one group, strides and dilations of 1, no padding. Refused: parts that do
    /// not fit each other.
    static member Convolution
        (
            weights: float32 array,
            sizes: int seq,
            inputStep: float,
            inputZeroPoint: int,
            output: float * float,
            ?bias: float32 array,
            ?relu: bool,
            ?strides: int seq,
            ?pads: int seq,
            ?dilations: int seq,
            ?groups: int,
            ?inputType: ScalarType
        ) : Result<Layer, Refusal> =
        let geometry axes =
            let plain = Geometry.plain axes

            let stated (given: int seq option) usual =
                given |> Option.map ImmutableArray.CreateRange |> Option.defaultValue usual

            { plain with
                Strides = stated strides plain.Strides
                Pads = stated pads plain.Pads
                Dilations = stated dilations plain.Dilations
            }

        LayerOf.Of(
            WeightLayout.OIHW,
            defaultArg groups 1,
            sizes,
            weights,
            defaultArg bias [||],
            inputStep,
            inputZeroPoint,
            defaultArg inputType ScalarType.Int8,
            output,
            defaultArg relu false,
            geometry
        )

    /// A product x·w: inputs in the rows of the weights, outputs in their columns. Everything else as for convolutions.
    static member Product
        (
            weights: float32 array,
            inputs: int,
            inputStep: float,
            inputZeroPoint: int,
            output: float * float,
            ?bias: float32 array,
            ?relu: bool,
            ?inputType: ScalarType
        ) : Result<Layer, Refusal> =
        LayerOf.Of(
            WeightLayout.IO,
            1,
            [ inputs; weights.Length / max 1 inputs ],
            weights,
            defaultArg bias [||],
            inputStep,
            inputZeroPoint,
            defaultArg inputType ScalarType.Int8,
            output,
            defaultArg relu false,
            Geometry.plain
        )
