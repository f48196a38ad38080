using System.Diagnostics.CodeAnalysis;

namespace QuantFunctional;

/// <summary>The smallest and largest value of a tensor, in real units.</summary>
/// <param name="Low">The smallest.</param>
/// <param name="High">The largest.</param>
public readonly record struct RealRange(double Low, double High);

/// <summary>A real layer c = Σ a·w + b as its arrays and numbers: what a <see cref="Layer"/> is made of.</summary>
/// <remarks>The arrays are not copied: they must not change while the layer is in use.</remarks>
public sealed record LayerSpec
{
    /// <summary>The weights in the order of <see cref="Layout"/>.</summary>
    public required ReadOnlyMemory<float> Weights { get; init; }

    /// <summary>The sizes of the weights' axes, in the same order.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>What the weights' axes are.</summary>
    public required WeightLayout Layout { get; init; }

    /// <summary>How many groups the channels fall into; 1 unless stated.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>One bias for each output channel, in real units; empty where there is none.</summary>
    public ReadOnlyMemory<float> Bias { get; init; }

    /// <summary>Real units per step of the input: what ONNX, TFLite and PyTorch call its "scale".</summary>
    public required double InputStep { get; init; }

    /// <summary>The integer that stands for 0 in the input.</summary>
    public int InputZeroPoint { get; init; }

    /// <summary>The type of the input: <see cref="ScalarType.Int8"/> unless stated, or Int16.</summary>
    public ScalarType InputType { get; init; } = ScalarType.Int8;

    /// <summary>The values that the output takes, after its activation.</summary>
    public required RealRange OutputRange { get; init; }

    /// <summary>The mean of each output channel of the float layer; empty where it is not known.</summary>
    public IReadOnlyList<double> OutputMeans { get; init; } = [];

    /// <summary>How often the output lies in each of some equal parts of its range; empty where that is not known.</summary>
    public IReadOnlyList<long> OutputHistogram { get; init; } = [];

    /// <summary>Whether negative sums become 0; false unless stated.</summary>
    public bool Relu { get; init; }

    /// <summary>Steps from one output to the next, one for each kernel axis; all 1 where null.</summary>
    public IReadOnlyList<int>? Strides { get; init; }

    /// <summary>What is added at the begin of each kernel axis, then at the end of each; nothing where null.</summary>
    public IReadOnlyList<int>? Pads { get; init; }

    /// <summary>The distance of neighbouring kernel positions, one for each kernel axis; all 1 where null.</summary>
    public IReadOnlyList<int>? Dilations { get; init; }

    /// <summary>Whether each input is spread over outputs; false, where outputs are gathered, unless stated.</summary>
    public bool IsTransposed { get; init; }

    /// <summary>A convolution with weights as ONNX and PyTorch order them, output channel first.</summary>
    /// <param name="weights">The weights; they are copied.</param>
    /// <param name="shape">Output channels, input channels, and one to three sizes of the kernel.</param>
    /// <param name="inputStep">Real units per step of the 8-bit input.</param>
    /// <param name="inputZeroPoint">The integer that stands for 0 in the input.</param>
    /// <param name="output">The values that the output takes.</param>
    public static LayerSpec Convolution(
        ReadOnlySpan<float> weights, ReadOnlySpan<int> shape, double inputStep, int inputZeroPoint, RealRange output) =>
        Of(WeightLayout.OIHW, weights, shape, inputStep, inputZeroPoint, output);

    /// <summary>A product x·w: inputs in the rows of the weights, outputs in their columns.</summary>
    /// <param name="weights">The weights; they are copied.</param>
    /// <param name="inputs">How many rows there are.</param>
    /// <param name="inputStep">Real units per step of the 8-bit input.</param>
    /// <param name="inputZeroPoint">The integer that stands for 0 in the input.</param>
    /// <param name="output">The values that the output takes.</param>
    public static LayerSpec Product(
        ReadOnlySpan<float> weights, int inputs, double inputStep, int inputZeroPoint, RealRange output) =>
        Of(WeightLayout.IO, weights, [inputs, weights.Length / Math.Max(1, inputs)], inputStep, inputZeroPoint, output);

    /// <summary>The layer, or why the parts do not fit each other.</summary>
    /// <returns>True with <paramref name="layer"/>, or false with <paramref name="refusal"/>.</returns>
    public bool TryCreateLayer([NotNullWhen(true)] out Layer? layer, [NotNullWhen(false)] out Refusal? refusal)
    {
        layer = null;
        return FSharp.WeightView.create(Layout, Groups, Shape, Weights).TryOpen(out var weights, out refusal)
            && FSharp.Encoding.ofStep(InputStep, InputZeroPoint, InputType).TryOpen(out var input, out refusal)
            && TryObserve(out var output, out refusal)
            && FSharp.Layer.create(
                    weights, GeometryOf(weights.Shape.KernelSizes.Length), Bias, input, output,
                    Relu ? Activation.Relu : Activation.Linear)
                .TryOpen(out layer, out refusal);
    }

    /// <summary>The layer.</summary>
    /// <exception cref="QuantException">The parts do not fit each other.</exception>
    public Layer ToLayer() =>
        TryCreateLayer(out var layer, out var refusal) ? layer : throw Diagnostics.Of(refusal).Fault(FaultKind.BadInput, $"{refusal.Message}.");

    private static LayerSpec Of(
        WeightLayout layout, ReadOnlySpan<float> weights, ReadOnlySpan<int> shape, double inputStep, int inputZeroPoint,
        RealRange output) => new()
        {
            Weights = weights.ToArray(),
            Shape = shape.ToArray(),
            Layout = layout,
            InputStep = inputStep,
            InputZeroPoint = inputZeroPoint,
            OutputRange = output,
        };

    private bool TryObserve(
        [NotNullWhen(true)] out ObservedDistribution? output, [NotNullWhen(false)] out Refusal? refusal) =>
        FSharp.ObservedDistribution.ofRange(OutputRange.Low, OutputRange.High).TryOpen(out output, out refusal)
        && FSharp.ObservedDistribution.withMeans(OutputMeans, output).TryOpen(out output, out refusal)
        && (OutputHistogram.Count == 0
            || FSharp.ObservedDistribution.withHistogram(OutputHistogram, output).TryOpen(out output, out refusal));

    private Geometry GeometryOf(int kernelAxes)
    {
        var plain = FSharp.Geometry.plain(kernelAxes);
        return new Geometry(
            Strides is null ? plain.Strides : [.. Strides],
            Pads is null ? plain.Pads : [.. Pads],
            Dilations is null ? plain.Dilations : [.. Dilations],
            IsTransposed);
    }
}
