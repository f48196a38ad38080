using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Brings models of opset 7 to 12 to opset 13, the first that can hold what quantization writes.</summary>
/// <remarks>The changes are those of the ONNX changelog; each operator is rewritten once, from any opset.</remarks>
internal static class OpsetRaising
{
    private const long Lowest = 7;
    private const long Target = 13;
    private const long Highest = 26;
    private const long FirstScanWithoutBatch = 9;

    private static readonly Dictionary<string, Action<OpsetRewrite>> Rewrites = new()
    {
        ["BatchNormalization"] = OperatorRewrites.BatchNormalization,
        ["Clip"] = AttributesToInputs.Clip,
        ["Dropout"] = OperatorRewrites.Dropout,
        ["Hardmax"] = SoftmaxRewrite.Apply,
        ["LogSoftmax"] = SoftmaxRewrite.Apply,
        ["Pad"] = AttributesToInputs.Pad,
        ["ReduceSum"] = AttributesToInputs.Axes,
        ["Resize"] = ResizeRewrite.Resize,
        ["Scatter"] = OperatorRewrites.Scatter,
        ["Slice"] = AttributesToInputs.Slice,
        ["Softmax"] = SoftmaxRewrite.Apply,
        ["Split"] = AttributesToInputs.Split,
        ["Squeeze"] = AttributesToInputs.Axes,
        ["TopK"] = AttributesToInputs.TopK,
        ["Unsqueeze"] = AttributesToInputs.Axes,
        ["Upsample"] = ResizeRewrite.Upsample,
    };

    /// <summary>Operators that mean in opset 13 what they meant in 7 (or, where newer, when they appeared).</summary>
    private static readonly HashSet<string> Unchanged =
    [
        "Abs", "Acos", "Acosh", "Add", "And", "ArgMax", "ArgMin", "Asin", "Asinh", "Atan", "Atanh", "AveragePool",
        "BitShift", "Cast", "Ceil", "Celu", "Compress", "Concat", "ConcatFromSequence", "Constant", "ConstantOfShape", "Conv",
        "ConvTranspose", "Cos", "Cosh", "CumSum", "DepthToSpace", "Det", "Div", "Einsum", "Elu", "Equal", "Erf",
        "Exp", "Expand", "EyeLike", "Flatten", "Floor", "GRU", "Gather", "GatherElements", "GatherND", "Gemm",
        "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "Greater", "GreaterOrEqual", "HardSigmoid",
        "Identity", "If", "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LSTM", "LeakyRelu", "Less", "LessOrEqual",
        "Log", "Loop", "LpNormalization", "LpPool", "MatMul", "Max", "MaxPool", "MaxRoiPool", "MaxUnpool", "Mean",
        "MeanVarianceNormalization", "Min", "Mod", "Mul", "Multinomial", "Neg", "NegativeLogLikelihoodLoss", "NonMaxSuppression", "NonZero", "Not", "OneHot",
        "Or", "PRelu", "Pow", "RNN", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Range", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum",
        "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare", "Relu",
        "Reshape", "ReverseSequence", "RoiAlign", "Round", "Scan", "ScatterElements", "ScatterND", "Selu", "SequenceAt",
        "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength", "Shape", "Shrink", "Sigmoid",
        "Sign", "Sin", "Sinh", "Size", "SoftmaxCrossEntropyLoss", "Softplus", "Softsign", "SpaceToDepth", "SplitToSequence", "Sqrt", "StringNormalizer", "Sub",
        "Sum", "Tan", "Tanh", "TfIdfVectorizer",
        "ThresholdedRelu", "Tile", "Transpose", "Unique", "Where", "Xor",
    ];

    /// <summary>
    /// What ONNX Runtime adds to ONNX's own domain, in one version for all opsets. Of these ONNX has taken LayerNormalization over, at
    /// opset 17, as it was.
    /// </summary>
    private static readonly HashSet<string> OfOnnxRuntime = ["LayerNormalization", "SimplifiedLayerNormalization"];

    /// <summary>Whether an operator of ONNX's domain is ONNX Runtime's own, and so means the same at every opset.</summary>
    internal static bool IsOfOnnxRuntime(string opType) => OfOnnxRuntime.Contains(opType);

    /// <summary>Whether an operator means the same from opset 7 on, or from when it appeared.</summary>
    internal static bool IsUnchanged(string opType) => Unchanged.Contains(opType);

    /// <summary>Whether an operator is written otherwise when a model is raised.</summary>
    internal static bool IsRewritten(string opType) => Rewrites.ContainsKey(opType);

    /// <exception cref="QuantException">The opset is below 7 or above 26.</exception>
    internal static void RefuseUnsupported(OnnxModel model)
    {
        if (model.Opset is >= Lowest and <= Highest)
            return;
        var remedy = model.Opset < Lowest ? "export it again with opset 13 or later" : "export it with opset 13 to 26";
        throw Diagnostics.OpsetNotSupported.Fault(
            $"{model.Path}: opset {model.Opset} is not supported (7 to 26 are); {remedy}.",
            file: model.Path);
    }

    /// <summary>
    /// Raises the format's own version to the first that may hold the opset; at least 7, so that initializers need not
    /// be inputs (from 4) and opset 13 is allowed.
    /// </summary>
    internal static void RaiseIr(OnnxModel model)
    {
        var lowest = model.Opset switch
        {
            >= 25 => 13,
            24 => 12,
            23 => 11,
            >= 21 => 10,
            >= 19 => 9,
            >= 15 => 8,
            _ => 7,
        };
        model.Proto.IrVersion = Math.Max(model.Proto.IrVersion, lowest);
    }

    /// <summary>Whether a model is of an opset that is raised to 13.</summary>
    internal static bool IsRaised(OnnxModel model) => model.Opset < Target;

    /// <summary>Raises the graph to opset 13; false where it is there already, and so unchanged.</summary>
    /// <exception cref="QuantException">An operator has changed in a way that is not known here.</exception>
    internal static bool Raise(GraphEditor graph, TensorFacts facts)
    {
        var from = graph.Model.Opset;
        if (from >= Target)
            return false;
        Raise(graph, facts, from);
        foreach (var import in graph.Model.Proto.OpsetImport.Where(o => NodeAttributes.IsDefaultDomain(o.Domain)))
            import.Version = Target;
        graph.Changed();
        return true;
    }

    private static void Raise(GraphEditor graph, TensorFacts facts, long from)
    {
        foreach (var node in graph.Graph.Node.Where(n => NodeAttributes.IsDefaultDomain(n.Domain)).ToList())
        {
            var rewrite = new OpsetRewrite(graph, facts, node, from);
            foreach (var body in GraphWalk.Bodies(node))
                Raise(graph.OfBody(body), TensorFacts.None, from);
            if (node.Is("Scan") && from < FirstScanWithoutBatch)
                throw rewrite.Refusal("has an axis for samples, as only opset 8 has it");
            if (Rewrites.TryGetValue(node.OpType, out var apply))
                apply(rewrite);
            else if (!Unchanged.Contains(node.OpType) && !IsOfOnnxRuntime(node.OpType))
                throw rewrite.Refusal("is an operator whose changes are not known here");
        }
    }
}
