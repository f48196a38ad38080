using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reading;

/// <summary>The numbers with which ONNX Runtime runs an operator on integers.</summary>
/// <param name="Inputs">How its data are stored, each by type, step and zero point.</param>
/// <param name="Output">How its result is stored; null where it is real.</param>
internal sealed record RuntimeForm(IReadOnlyList<RuntimeStorage> Inputs, RuntimeStorage? Output)
{
    /// <summary>
    /// What ONNX Runtime adds to the integers of the file: 0, or 128 where it makes signed ones unsigned; null where the numbers
    /// are others than the file's.
    /// </summary>
    /// <param name="inputs">How the file stores the data, as far as they are looked at.</param>
    /// <param name="output">How it stores the result.</param>
    internal int? Agrees(IReadOnlyList<Storage> inputs, Storage output)
    {
        int?[] shifts = [.. inputs.Zip(Inputs, Shift), Output is null ? null : Shift(output, Output)];
        return shifts.All(shift => shift == shifts[0]) ? shifts[0] : null;
    }

    private static int? Shift(Storage file, RuntimeStorage runtime)
    {
        var shift = runtime.Type == DataType.Uint8 && file.Lowest < 0 ? 128 : 0;
        return runtime.Steps is [var step] && step == file.Step && runtime.Zero == file.ZeroPoint + shift ? shift : null;
    }
}

/// <summary>A tensor as ONNX Runtime stores it.</summary>
/// <param name="Type">The type of its integers.</param>
/// <param name="Steps">One step, or one for each index of an axis.</param>
/// <param name="Zero">The zero point, of the first index where there are more.</param>
internal sealed record RuntimeStorage(DataType Type, IReadOnlyList<float> Steps, int Zero);

/// <summary>
/// What ONNX Runtime makes of a model's nodes, which it is asked for: it decides which run on integers, it merges and moves
/// conversions, and on x64 it makes signed tensors unsigned.
/// </summary>
internal sealed class RuntimeGraph
{
    private readonly Fusions _default;
    private readonly Fusions? _signed;

    private RuntimeGraph(Fusions asRun, Fusions? signed) => (_default, _signed) = (asRun, signed);

    /// <summary>The graph that a target runs; null where it is not ONNX Runtime's, or where ONNX Runtime does not load it.</summary>
    /// <param name="model">The model; every node has a name.</param>
    /// <param name="target">Whose arithmetic runs.</param>
    /// <param name="refusal">Why ONNX Runtime does not load it, as a sentence; empty where it does.</param>
    internal static RuntimeGraph? Of(OnnxModel model, ReadingTarget target, out string refusal)
    {
        refusal = "";
        if (!IsOnnxRuntime(target.BetweenLayers) || Fusions.Of(model, target.KeepsSigned, out refusal) is not { } asRun)
            return null;
        var mayDiffer = !target.KeepsSigned && HasSigned(model.Graph);
        return new RuntimeGraph(asRun, mayDiffer ? Fusions.Of(model, keepsSigned: true, out _) : null);
    }

    /// <summary>Whether a profile's arithmetic is that of ONNX Runtime's integer kernels.</summary>
    internal static bool IsOnnxRuntime(BackendProfile profile) =>
        profile.Multiplier.IsSingle24 && profile.BetweenLayers[0] is { IsTflite: false, IsUnfused: false };

    /// <summary>How a node runs on integers; null where it runs in float.</summary>
    /// <param name="node">The node.</param>
    /// <param name="output">The integer tensor that it makes, by which nodes of one name are told apart.</param>
    /// <param name="isSignedAlone">
    /// Whether it does so only where ONNX Runtime is told to leave signed tensors signed, as it does by itself on ARM.
    /// </param>
    internal RuntimeForm? Of(NodeProto node, string output, out bool isSignedAlone)
    {
        var form = _default.Of(node, output);
        isSignedAlone = form is null && _signed?.Of(node, output) is not null;
        return isSignedAlone ? _signed!.Of(node, output) : form;
    }

    /// <summary>What is said of a Softmax over one element that runs on integers; null for every other node.</summary>
    internal ReportWarning? WrongAlone(NodeProto node, string output, TensorFacts facts, long opset)
    {
        if (!node.Is("Softmax") || !facts.TryGet(node.Input[0], out var fact) || fact.Rank is not { } rank)
            return null;
        var axis = node.GetInt("axis", opset < 13 ? 1 : -1);
        axis = axis < 0 ? axis + rank : axis;
        var row = opset < 13 ? fact.Dims.Skip((int)axis) : fact.Dims.Skip((int)axis).Take(1);
        return row.All(size => size == 1) && Of(node, output, out _) is not null
            ? Diagnostics.SoftmaxOfOne.Warn(
                $"node {node.DisplayName()} (Softmax) goes over one element, whose softmax is 1, but ONNX Runtime's QLinearSoftmax gives "
                + "0 on x64, a fault of its own; put a constant 1 in its place, or leave out the QuantizeLinear behind it", node: node.DisplayName())
            : null;
    }

    private static bool HasSigned(GraphProto graph)
    {
        var types = new StatedTypes(graph, new GraphIndex(graph));
        return graph.Node.Any(node => StorageReader.Is(node, "QuantizeLinear") && types.Of(node.Output[0]) == DataType.Int8);
    }

    /// <summary>The nodes of a graph after ONNX Runtime's optimization.</summary>
    private sealed class Fusions(GraphProto graph)
    {
        private readonly ILookup<string, NodeProto> _nodes = graph.Node.ToLookup(node => node.Name);
        private readonly ILookup<string, NodeProto> _made = graph.Node.ToLookup(node => node.Output.FirstOrDefault(""));
        private readonly GraphIndex _index = new(graph);

        internal static Fusions? Of(OnnxModel model, bool keepsSigned, out string refusal)
        {
            refusal = "";
            try
            {
                var (session, graph) = OptimizedGraph.Open(model, () => Options(keepsSigned));
                session.Dispose();
                return graph is null ? null : new Fusions(FlatGraph.Of(new OnnxModel(model.Path, graph), _ => true).Graph);
            }
            catch (QuantException fault)
            {
                refusal = fault.Message;
                return null;
            }
        }

        internal RuntimeForm? Of(NodeProto node, string output)
        {
            var found = _nodes[node.Name].Where(candidate => QLinearForms.Operator(candidate) == node.OpType).ToList();
            // a node that took in its neighbour has another name
            var same = found.Count == 1 && node.Name.Length > 0 ? found : _made[output]
                .Where(candidate => QLinearForms.Operator(candidate) == node.OpType).ToList();
            return same is [var fused] && QLinearForms.Parameters(fused) is var (inputs, made)
                ? new RuntimeForm(
                    [.. inputs.Select(at => Storage(fused, at))],
                    fused.InputOrEmpty(made.Step).Length > 0 ? Storage(fused, made) : null)
                : null;
        }

        private RuntimeStorage Storage(NodeProto fused, (int Data, int Step, int Zero) at)
        {
            var steps = _index.Initializer(fused.Input[at.Step]);
            var zero = _index.Initializer(fused.InputOrEmpty(at.Zero));
            return new RuntimeStorage(
                zero is null ? DataType.Uint8 : TensorData.Type(zero),
                steps is null ? [] : TensorData.Floats(steps),
                zero is null ? 0 : (int)TensorData.Integers(zero)[0]);
        }

        // the level is that of integer kernels without the layout of single processors, which changes no number
        private static SessionOptions Options(bool keepsSigned)
        {
            var options = OrtSessions.Options(1);
            options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED;
            options.AddSessionConfigEntry("session.qdqisint8allowed", keepsSigned ? "1" : "0");
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
            return options;
        }
    }
}
