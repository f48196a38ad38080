using System.Collections.Immutable;

namespace QuantFunctional.Onnx.Execution;

/// <summary>What an engine computes between the layers, on stored integers. Null: it has no integer kernel for that.</summary>
/// <remarks>A table gives, for every value of the input's type from the lowest on, what is stored of the output.</remarks>
internal interface IOperatorKernels
{
    /// <summary>The kernels of the arithmetic that runs under a profile: the first that it names.</summary>
    static IOperatorKernels Of(BackendProfile profile) => profile.BetweenLayers[0] is { IsTflite: false } arithmetic
        ? new OnnxRuntimeKernels(arithmetic)
        : new TfliteKernels(profile.Accumulator.Rounding);

    /// <summary>The engine's name.</summary>
    string Engine { get; }

    /// <summary>The integer that a real number is stored as.</summary>
    int Quantize(Storage storage, float real);

    /// <summary>A storage cut to the integers of a real interval, as an activation behind an operator cuts it.</summary>
    Storage Clamp(Storage storage, float low, float high);

    /// <summary>The same real number in another storage.</summary>
    ImmutableArray<int>? Requantize(Storage input, Storage output);

    /// <summary>The sum of two operands that meet in one way.</summary>
    Func<int, int, int>? Add(Storage one, Storage other, Storage sum, JoinRuns runs);

    /// <summary>The product of two operands.</summary>
    Func<int, int, int>? Multiply(Storage one, Storage other, Storage product);

    /// <summary>1/(1 + e^−x).</summary>
    ImmutableArray<int>? Sigmoid(Storage input, Storage output);

    /// <summary>x, or slope·x below 0.</summary>
    ImmutableArray<int>? LeakyRelu(float slope, Storage input, Storage output);

    /// <summary>The mean over each window.</summary>
    Func<FSharp.KernelPlacement, IntegerTensor, IntegerTensor>? Average(Storage input, Storage output, bool countPadding);

    /// <summary>The mean of a plane.</summary>
    Func<int[], int>? GlobalAverage(Storage input, Storage output);

    /// <summary>e^x over the sum of the row's, for a row of so many.</summary>
    Func<int[], int[]>? Softmax(Storage input, Storage output, int count);
}
