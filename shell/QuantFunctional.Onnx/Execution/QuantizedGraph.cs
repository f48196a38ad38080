using QuantFunctional.Documents;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Execution;

/// <summary>What of a quantized model runs on integers: its steps in order, its layers, and what is left.</summary>
/// <param name="Model">The model in one form: conversions around plain operators, constants as initializers.</param>
/// <param name="Kernels">What computes between the layers.</param>
/// <param name="Quantized">The integers made of the model's real inputs, by the name of the integer tensor.</param>
/// <param name="Steps">The operators on integers, each after those that it reads.</param>
/// <param name="Layers">The layers among them.</param>
/// <param name="Constants">Integers that a step reads and no step makes.</param>
/// <param name="Twins">The integers of each real tensor that has some.</param>
/// <param name="Floats">The nodes that are no step on integers, each with the reason.</param>
internal sealed record QuantizedGraph(
    OnnxModel Model,
    IOperatorKernels Kernels,
    IReadOnlyDictionary<string, (string Input, Storage Storage)> Quantized,
    IReadOnlyList<IntegerStep> Steps,
    IReadOnlyList<ModelLayer> Layers,
    IReadOnlyDictionary<string, IntegerTensor> Constants,
    IReadOnlyDictionary<string, Twin> Twins,
    IReadOnlyList<FloatNode> Floats)
{
    /// <summary>Every Add and Mul of 8-bit integers, in the order of the data.</summary>
    internal IReadOnlyList<ModelJoin> Joins { get; init; } = [];

    /// <summary>The products of two activations, in the order of the data.</summary>
    internal IReadOnlyList<CheckedActivationProduct> ActivationProducts { get; init; } = [];

    /// <summary>
    /// The nodes that run so on integers only where ONNX Runtime is told to leave signed tensors signed; else it runs them in float.
    /// </summary>
    internal IReadOnlyList<string> SignedAlone { get; init; } = [];

    /// <summary>The outputs that are of another type than float32 in the file, with their type.</summary>
    internal IReadOnlyDictionary<string, TensorProto.Types.DataType> Rounded { get; init; } =
        new Dictionary<string, TensorProto.Types.DataType>();

    /// <summary>What a user of ONNX Runtime should know of the model, each as a sentence.</summary>
    internal IReadOnlyList<ReportWarning> Notices { get; init; } = [];

    /// <summary>The integer tensors that come about in a run, in order.</summary>
    internal IEnumerable<string> Made => Quantized.Keys.Concat(Steps.Select(step => step.Output));

    /// <summary>Whether integers alone give a real tensor: a run makes the integers that it stands for.</summary>
    internal bool Gives(string tensor) =>
        Twins.TryGetValue(tensor, out var twin)
        && twin.Form.Whole is not null
        && Made.Concat(Constants.Keys).Contains(twin.Tensor);

    /// <summary>
    /// The first node before a tensor that is no step on integers, of those with a reason of their own where there are some; null
    /// where there is none.
    /// </summary>
    internal FloatNode? CauseOf(string tensor)
    {
        var index = new GraphIndex(Model.Graph);
        var (before, open) = (new HashSet<string>(), new Stack<string>([tensor]));
        while (open.TryPop(out var next))
        {
            if (index.Producer(next) is not { } node || !before.Add(node.DisplayName()))
                continue;
            foreach (var read in GraphWalk.Reads(node))
                open.Push(read);
        }

        var inTheWay = Floats.Where(node => before.Contains(node.Name)).ToList();
        return inTheWay.Find(node => node.Reason != FloatReasons.StaysReal) ?? inTheWay.FirstOrDefault();
    }

    /// <summary>Reads a quantized model.</summary>
    internal static QuantizedGraph Read(OnnxModel model, ReadingTarget target)
    {
        var named = FunctionInlining.Inlined(model).Clone();
        Name(named.Graph);
        var runtime = RuntimeGraph.Of(named, target, out var refusal);
        var graph = new GraphEditor(FlatGraph.Of(named, _ => true));
        Preparation.Constants.MakeInitializers(graph);
        ComputedConstants.Fold(graph);
        ConstantQuantizers.Fold(graph);
        if (!RuntimeGraph.IsOnnxRuntime(target.BetweenLayers))
            UnfoldedLayers(graph);
        var operatorForm = QLinearForms.Rewrite(graph);
        DeadCode.Remove(graph);
        var rounded = BoundaryCasts.Remove(graph);
        PassThrough.Remove(graph);
        graph.SortNodes();
        if (RuntimeGraph.IsOnnxRuntime(target.BetweenLayers))
            DoublePairs.Merge(graph);
        var read = GraphReader.Read(graph.Model, operatorForm, target, runtime) with { Rounded = rounded };
        return refusal.Length == 0
            ? read
            : read with { Notices = [Diagnostics.NotLoadedHere.Warn(refusal.TrimEnd('.')), .. read.Notices] };
    }

    /// <summary>
    /// Makes one layer of each that training with quantization leaves in parts. ONNX Runtime runs the parts in float, so that its
    /// targets see them.
    /// </summary>
    private static void UnfoldedLayers(GraphEditor graph)
    {
        foreach (var layer in UnfoldedLayer.Of(graph.Model, graph.Index))
            layer.Fold(graph);
    }

    /// <summary>Names the nodes without a name by what they are called, where no other node has that name: no two may share one.</summary>
    private static void Name(GraphProto graph)
    {
        var nodes = GraphWalk.Nodes(graph).ToList();
        var names = nodes.Select(node => node.Name).ToHashSet();
        foreach (var node in nodes.Where(node => node.Name.Length == 0 && names.Add(node.DisplayName())))
            node.Name = node.DisplayName();
    }
}
