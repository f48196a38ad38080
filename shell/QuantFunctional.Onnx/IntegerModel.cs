using QuantFunctional.Formats;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx;

/// <summary>A quantized model that runs on integers alone, without ONNX Runtime, and whose layers can be looked at.</summary>
/// <remarks>
/// It reads both forms of quantized models: plain operators between QuantizeLinear and DequantizeLinear, and operators
/// that carry their scales along (QLinearConv and its like), whoever made them.
/// </remarks>
public sealed class IntegerModel
{
    private readonly QuantizedGraph _graph;

    private IntegerModel(QuantizedGraph graph, BackendProfile profile)
    {
        _graph = graph;
        BetweenLayers = profile.BetweenLayers;
    }

    /// <summary>Where the model was read from.</summary>
    public string Path => _graph.Model.Path;

    /// <summary>The layers: every Conv, Gemm and MatMul that runs on integers, in the order of the data.</summary>
    public IReadOnlyList<ModelLayer> Layers => _graph.Layers;

    /// <summary>Every Add and Mul that makes 8-bit integers of 8-bit integers, in the order of the data.</summary>
    public IReadOnlyList<ModelJoin> Joins => _graph.Joins;

    /// <summary>The arithmetics of the profile, all of which must make the same integers; the first one runs.</summary>
    public IReadOnlyList<OperatorArithmetic> BetweenLayers { get; }

    /// <summary>The nodes that work on real numbers, each with the reason.</summary>
    public IReadOnlyList<FloatNode> InFloat => _graph.Floats;

    /// <summary>The names of the model's inputs.</summary>
    public IReadOnlyList<string> Inputs => [.. _graph.Model.Inputs.Select(input => input.Name)];

    /// <summary>The names of the model's outputs.</summary>
    public IReadOnlyList<string> Outputs => [.. _graph.Model.Graph.Output.Select(output => output.Name)];

    /// <summary>Reads a quantized model.</summary>
    /// <param name="path">The model.</param>
    /// <param name="profile">
    /// The target whose arithmetic the layers run in. Null: ONNX Runtime's with 8-bit activations; with
    /// 16-bit ones TFLite's, or the reference where they have a zero point, which TFLite's kernels do not take.
    /// What stands between the layers runs in the first of the profile's arithmetics: as TFLite's kernels do, or as ONNX
    /// Runtime's on one kind of processor.
    /// </param>
    /// <exception cref="QuantException">
    /// The file is missing or damaged, ONNX Runtime does not accept it, or it is a float model.
    /// </exception>
    public static IntegerModel Load(string path, BackendProfile? profile = null) => Load(OnnxModel.Load(path), profile);

    internal static IntegerModel Load(OnnxModel model, BackendProfile? profile = null) =>
        AlreadyQuantized.Is(model)
            ? new IntegerModel(QuantizedGraph.Read(model, profile), profile ?? FSharp.BackendProfile.OnnxRuntime)
            : throw QuantException.BadInput(
                $"{model.Path}: a float model, which holds no integers; make some with quantfn quantize.");

    /// <summary>Refuses a model that has an output which integers alone do not give.</summary>
    /// <exception cref="QuantException">A node that an output depends on works on real numbers.</exception>
    public void RequireIntegers()
    {
        if (Outputs.FirstOrDefault(name => !_graph.Gives(name)) is not { } output)
            return;
        var cause = InFloat.Count > 0
            ? $"node {InFloat[0].Name} ({InFloat[0].Operator}) works on real numbers: {InFloat[0].Reason}"
            : "no conversion from integers makes it";
        throw QuantException.BadInput($"{_graph.Model.Path}: output `{output}` is not made by integers alone; {cause}.");
    }

    /// <summary>Runs the whole model.</summary>
    /// <param name="inputs">An array for each input.</param>
    /// <exception cref="QuantException">
    /// A part of the model works on real numbers, an input is missing or does not fit, or an intermediate overflows.
    /// </exception>
    public ModelExecution Run(IReadOnlyDictionary<string, RealArray<float>> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        RequireIntegers();
        if (Inputs.FirstOrDefault(name => !inputs.ContainsKey(name)) is { } missing)
            throw QuantException.BadInput($"{_graph.Model.Path}: input `{missing}` is not given.");
        var run = new IntegerRun(_graph, inputs);
        return new ModelExecution(
            Outputs.ToDictionary(name => name, run.Real),
            [.. _graph.Made.Select(tensor => new NamedIntegers(tensor, run[tensor]))]);
    }

    internal QuantizedGraph Graph => _graph;
}

/// <summary>What a model made of an input.</summary>
/// <param name="Outputs">The outputs, as the real numbers that their integers stand for.</param>
/// <param name="Integers">Every integer tensor, in the order in which they came about.</param>
public sealed record ModelExecution(
    IReadOnlyDictionary<string, RealArray<float>> Outputs, IReadOnlyList<NamedIntegers> Integers);

/// <summary>An integer tensor of a model.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Values">Its integers as the file's type stores them.</param>
public sealed record NamedIntegers(string Name, IntegerTensor Values);
