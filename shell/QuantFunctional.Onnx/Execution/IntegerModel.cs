using QuantFunctional.Documents;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Products;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx;

/// <summary>A quantized model that runs on integers alone, without ONNX Runtime, and whose layers can be looked at.</summary>
/// <remarks>
/// It reads both forms of quantized models: plain operators between QuantizeLinear and DequantizeLinear, and operators
/// that carry their scales along (QLinearConv and its like), whoever made them.
/// </remarks>
public sealed class IntegerModel
{
    private readonly QuantizedGraph _graph;
    private readonly Lazy<string> _digest;

    private IntegerModel(OnnxModel model, ReadingTarget target)
    {
        _digest = new Lazy<string>(() => ModelDigest.Of(model));
        _graph = QuantizedGraph.Read(model, target);
        (Products, Unread) = RealProducts.Of(
            ComputedConstants.Folded(model), target.BetweenLayers, _graph.Layers.Select(layer => layer.Name).ToHashSet());
        BetweenLayers = target.BetweenLayers.BetweenLayers;
    }

    /// <summary>Where the model was read from.</summary>
    public string Path => _graph.Model.Path;

    /// <summary>The layers: every Conv, Gemm and MatMul that runs on integers, in the order of the data.</summary>
    public IReadOnlyList<ModelLayer> Layers => _graph.Layers;

    /// <summary>
    /// Products of integers whose sums become real numbers at once: MatMulInteger, ConvInteger, the forms into which ONNX
    /// Runtime fuses them, and layers whose output stays real. They do not run here, but what can go wrong in their sums is
    /// looked at. Their integers give the int32 sum, with the multiplier 1, and every step is 1.
    /// </summary>
    public IReadOnlyList<ModelLayer> Products { get; }

    /// <summary>Such products of which nothing is known, each with the reason.</summary>
    internal IReadOnlyList<FloatNode> Unread { get; }

    /// <summary>Every Add and Mul that makes 8-bit integers of 8-bit integers, in the order of the data.</summary>
    public IReadOnlyList<ModelJoin> Joins => _graph.Joins;

    /// <summary>The arithmetics of the profile, all of which must make the same integers; the first one runs.</summary>
    public IReadOnlyList<OperatorArithmetic> BetweenLayers { get; }

    /// <summary>The nodes that do not run on integers here, each with the reason.</summary>
    public IReadOnlyList<FloatNode> InFloat => _graph.Floats;

    /// <summary>
    /// What a user of ONNX Runtime should know of the model, each as a sentence without its end: where ONNX Runtime does not load
    /// it, where its own kernel is wrong, and what it runs in float on x64 unless it is told to leave signed tensors signed.
    /// </summary>
    public IReadOnlyList<ReportWarning> Notices =>
    [
        .. _graph.Notices,
        .. _graph.SignedAlone.Count == 0
            ? []
            : (ReportWarning[])[Diagnostics.SignedAlone.Warn($"on x64 ONNX Runtime runs {_graph.SignedAlone.Count} of its operators in float, as several nodes read their "
                + $"int8 tensors: {string.Join(", ", _graph.SignedAlone.Take(3))}{(_graph.SignedAlone.Count > 3 ? ", …" : "")}; shown "
                + "are its integers as with session.qdqisint8allowed=1, which ARM has by itself")],
    ];

    /// <summary>The names of the model's inputs.</summary>
    public IReadOnlyList<string> Inputs => [.. _graph.Model.Inputs.Select(input => input.Name)];

    /// <summary>The names of the model's outputs.</summary>
    public IReadOnlyList<string> Outputs => [.. _graph.Model.Graph.Output.Select(output => output.Name)];

    /// <summary>Reads a quantized model.</summary>
    /// <param name="source">The path of its file, or the model in memory.</param>
    /// <param name="profile">
    /// The target whose arithmetic the layers run in. Null: ONNX Runtime's with 8-bit activations; with
    /// 16-bit ones TFLite's, or the reference where they have a zero point, which TFLite's kernels do not take.
    /// What stands between the layers runs in the first of the profile's arithmetics: as TFLite's kernels do, or as ONNX
    /// Runtime's on one kind of processor.
    /// </param>
    /// <exception cref="QuantException">
    /// The file is missing or damaged, ONNX Runtime does not accept it, or it is a float model.
    /// </exception>
    public static IntegerModel Load(ModelSource source, BackendProfile? profile = null) => Load(OnnxModel.Load(source), profile);

    internal static IntegerModel Load(OnnxModel model, BackendProfile? profile = null) =>
        Load(model, ReadingTarget.Of(profile));

    internal static IntegerModel Load(OnnxModel model, ReadingTarget target) =>
        AlreadyQuantized.Is(model)
            ? new IntegerModel(model, target)
            : throw Diagnostics.FloatModel.Fault(
                $"{model.Path}: a float model, which holds no integers; make some with quantfn quantize.",
                file: model.Path);

    /// <summary>Refuses a model that has an output which integers alone do not give.</summary>
    /// <exception cref="QuantException">
    /// A node that an output depends on does not run on integers here, or an output is integers itself.
    /// </exception>
    public void RequireIntegers()
    {
        if (Outputs.FirstOrDefault(name => !_graph.Gives(name)) is { } output)
        {
            throw Diagnostics.OutputNotOnIntegers.Fault(
                $"{_graph.Model.Path}: output `{output}` {WhyNot(output)}.",
                file: _graph.Model.Path, node: output);
        }
    }

    private string WhyNot(string output)
    {
        if (_graph.Made.Contains(output))
        {
            return "is integers itself, and only real outputs are given, a limit of this tool; put a DequantizeLinear "
                + "with its step behind it";
        }

        return _graph.CauseOf(output) is { } cause
            ? $"is not made by integers alone; node {cause.Name} ({cause.Operator}) does not run on integers here: {cause.Reason}"
            : "is not made by integers alone; no DequantizeLinear of integers makes it";
    }

    /// <summary>Runs the whole model.</summary>
    /// <param name="inputs">An array for each input.</param>
    /// <exception cref="QuantException">
    /// A part of the model does not run on integers, an input is missing or does not fit, or an intermediate overflows.
    /// </exception>
    public ModelExecution Run(IReadOnlyDictionary<string, RealArray<float>> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        RequireIntegers();
        if (Inputs.FirstOrDefault(name => !inputs.ContainsKey(name)) is { } missing)
        {
            throw Diagnostics.InputNotGiven.Fault(
                $"{_graph.Model.Path}: input `{missing}` is not given.",
                file: _graph.Model.Path, node: missing);
        }

        var run = new IntegerRun(_graph, inputs);
        return new ModelExecution(
            Outputs.ToDictionary(name => name, run.Real),
            [.. _graph.Made.Select(tensor => new NamedIntegers(tensor, run[tensor]))]);
    }

    internal QuantizedGraph Graph => _graph;

    /// <summary>The file's name, and the digest of its tensors and operators.</summary>
    internal WrittenModel Identity => new(System.IO.Path.GetFileName(Path), _digest.Value);
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
