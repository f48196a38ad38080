namespace QuantFunctional.Testing

open System
open System.Collections.Generic
open QuantFunctional
open QuantFunctional.FSharp

/// A kernel under test: the integers of a layer and an input (samples, channels, then the spatial axes) to the output. It is
/// given what `Executor.run` is given; what it throws counts as a failure and is told.
type Kernel = delegate of layer: IntegerLayer * input: IntegerTensor -> IntegerTensor

/// A layer's integers and an input for it.
[<NoComparison>]
type KernelCase =
    {
        /// What the target holds.
        Layer: IntegerLayer
        /// What it is run on.
        Input: IntegerTensor
    }

/// What a kernel can run beyond one group, stride 1, no padding and zero points of 0.
[<Flags>]
type KernelFeatures =
    /// Nothing beyond that.
    | Plain = 0
    /// A multiplier and a shift for each output channel.
    | PerChannel = 1
    /// Several groups of channels.
    | Groups = 2
    /// Strides above 1.
    | Strides = 4
    /// Padding, which holds the input's zero point.
    | Pads = 8
    /// Dilations above 1.
    | Dilations = 16
    /// Transposed convolutions.
    | Transposed = 32
    /// Zero points of the input other than 0.
    | InputZeroPoint = 64
    /// Zero points of the output other than 0.
    | OutputZeroPoint = 128
    /// An output clamped at the zero point, which is how a ReLU is run.
    | Relu = 256
    /// Several samples at once.
    | Samples = 512
    /// All of these.
    | All = 1023

/// Which layers a kernel is tried on. A new one asks for everything that the named profiles run, in ONNX's layouts.
[<Sealed; AllowNullLiteral>]
type KernelOptions() =

    /// The targets whose arithmetic the kernel claims; each layer says which one it is for.
    member val Profiles: IReadOnlyList<BackendProfile> = BackendProfile.named with get, set

    /// The precisions of the output, of those that a profile runs.
    member val Precisions: IReadOnlyList<Precision> = BackendProfile.precisions with get, set

    /// The activation paths, of those that a profile runs.
    member val Paths: IReadOnlyList<ActivationPath> =
        [ ActivationPath.Int8; ActivationPath.Int15; ActivationPath.Int16 ] with get, set

    /// The orders of the weights in memory; OI and IO are matrix products, which have no kernel axes.
    member val Layouts: IReadOnlyList<WeightLayout> = [ WeightLayout.OI; WeightLayout.OIHW ] with get, set

    /// How many kernel axes a convolution has: any of 1 to 3.
    member val KernelAxes: IReadOnlyList<int> = [ 1; 2; 3 ] with get, set

    /// What the kernel can run.
    member val Features: KernelFeatures = KernelFeatures.All with get, set

    /// The most output channels of a layer, those of all groups.
    member val MostChannels: int = 6 with get, set

    /// The most input channels of a group.
    member val MostInputs: int = 40 with get, set

    /// Any other limit: false for a layer that the kernel does not run, such as one whose channels are not a multiple of 8.
    member val Accepts: Func<IntegerLayer, bool> = Func<IntegerLayer, bool>(fun _ -> true) with get, set

    /// How many layers are tried.
    member val Tests: int = 300 with get, set

    /// What the layers are drawn from: the same seed tries the same ones.
    member val Seed: int = 1 with get, set
