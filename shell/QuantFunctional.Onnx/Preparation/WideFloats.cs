using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Makes a model of float16, bfloat16 or double one of float32, in which layers are found and planned. Its inputs and outputs
/// keep their types, through a Cast.
/// </summary>
internal static class WideFloats
{
    // attributes that name the type of an operator's result
    private static readonly HashSet<string> TypeAttributes =
        ["to", "dtype", "output_dtype", "output_datatype", "stash_type", "softmax_precision"];

    private static bool IsOther(int type) => (DataType)type == DataType.Float16 || IsOtherThanHalf(type);

    private static bool IsOtherThanHalf(int type) => (DataType)type is DataType.Bfloat16 or DataType.Double;

    /// <summary>The types other than float32 that the model holds real numbers in, as "float16"; empty where there are none.</summary>
    internal static IReadOnlyList<string> Of(OnnxModel model) =>
    [
        .. TypesOf(model.Graph).Where(IsOther).Distinct().Order().Select(type => ((DataType)type).ToString().ToLowerInvariant()),
    ];

    /// <summary>
    /// The model as it can be run: with float32 in the place of bfloat16 and double, which ONNX Runtime has no kernels for in most
    /// operators; the model itself where it holds neither.
    /// </summary>
    internal static OnnxModel Runnable(OnnxModel model)
    {
        var inlined = FunctionInlining.Inlined(model);
        if (!TypesOf(inlined.Graph).Any(IsOtherThanHalf))
            return model;
        var wide = inlined.Clone();
        Rewrite(wide);
        return wide;
    }

    /// <summary>Rewrites the model in place; nothing happens where it holds float32 alone.</summary>
    internal static void Rewrite(OnnxModel model) => Rewrite(model, IsOther);

    /// <summary>Rewrites bfloat16 and double in place, and leaves float16.</summary>
    internal static void RewriteOthersThanHalf(OnnxModel model) => Rewrite(model, IsOtherThanHalf);

    private static void Rewrite(OnnxModel model, Func<int, bool> isOther)
    {
        if (!TypesOf(model.Graph).Any(isOther))
            return;
        var names = new FreshNames(GraphWalk.Names(model.Graph));
        var renamed = new Dictionary<string, string>();
        var before = new List<NodeProto>();
        var after = new List<NodeProto>();
        foreach (var input in model.Inputs.Where(input => isOther(TypeOf(input))))
        {
            renamed[input.Name] = names.Fresh($"{input.Name}_float32");
            before.Add(Cast(input.Name, renamed[input.Name], DataType.Float));
        }

        foreach (var output in model.Graph.Output.Where(output => isOther(TypeOf(output)) && !renamed.ContainsKey(output.Name)))
        {
            renamed[output.Name] = names.Fresh($"{output.Name}_float32");
            after.Add(Cast(renamed[output.Name], output.Name, (DataType)TypeOf(output)));
        }

        Rename(model.Graph, renamed);
        WidenBody(model.Graph, isOther);
        var nodes = before.Concat(model.Graph.Node).Concat(after).ToList();
        model.Graph.Node.Clear();
        model.Graph.Node.AddRange(nodes);
    }

    private static int TypeOf(ValueInfoProto value) => value.Type?.TensorType?.ElemType ?? 0;

    private static NodeProto Cast(string from, string to, DataType type)
    {
        var node = new NodeProto { Name = $"{(type == DataType.Float ? to : from)}_Cast", OpType = "Cast", Input = { from }, Output = { to } };
        node.SetInt("to", (long)type);
        return node;
    }

    private static IEnumerable<int> TypesOf(GraphProto graph)
    {
        var nodes = GraphWalk.Nodes(graph).ToList();
        return GraphWalk.Tensors(graph).Select(tensor => tensor.DataType)
            .Concat(graph.Input.Concat(graph.Output).Select(TypeOf))
            .Concat(nodes.SelectMany(TypeNames).Select(attribute => (int)attribute.I))
            .Concat(nodes.SelectMany(GraphWalk.Bodies).SelectMany(body => body.Input.Concat(body.Output)).Select(TypeOf));
    }

    private static IEnumerable<AttributeProto> TypeNames(NodeProto node) => node.Attribute.Where(attribute =>
        attribute.Type == AttributeProto.Types.AttributeType.Int && TypeAttributes.Contains(attribute.Name));

    // initializers that are listed as inputs, too, keep their names: they are widened where they stand
    private static void Rename(GraphProto graph, Dictionary<string, string> renamed)
    {
        string New(string name) => renamed.GetValueOrDefault(name, name);
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = New(node.Input[i]);
            for (var i = 0; i < node.Output.Count; i++)
                node.Output[i] = New(node.Output[i]);
            GraphWalk.RenameReadsInBodies(node, New);
        }

        foreach (var constant in graph.Initializer)
            constant.Name = New(constant.Name);
    }

    private static void WidenBody(GraphProto graph, Func<int, bool> isOther)
    {
        foreach (var tensor in GraphWalk.Tensors(graph).Where(tensor => isOther(tensor.DataType)))
            Widen(tensor);
        foreach (var attribute in GraphWalk.Nodes(graph).SelectMany(TypeNames).Where(attribute => isOther((int)attribute.I)))
            attribute.I = (long)DataType.Float;
        var initializers = graph.Initializer.Select(tensor => tensor.Name).ToHashSet();
        var values = GraphWalk.Nodes(graph).SelectMany(GraphWalk.Bodies)
            .SelectMany(body => body.Input.Concat(body.Output).Concat(body.ValueInfo))
            .Concat(graph.ValueInfo)
            .Concat(graph.Input.Where(input => initializers.Contains(input.Name)));
        foreach (var value in values)
            Widen(value.Type, isOther);
    }

    private static void Widen(TypeProto? type, Func<int, bool> isOther)
    {
        if (type?.TensorType is { } tensor && isOther(tensor.ElemType))
            tensor.ElemType = (int)DataType.Float;
        if ((type?.SequenceType?.ElemType ?? type?.OptionalType?.ElemType) is { } inner)
            Widen(inner, isOther);
    }

    private static void Widen(TensorProto tensor)
    {
        // a double like -1e300, as masks have it, is still a number in float32
        var isDouble = TensorData.Type(tensor) == DataType.Double;
        var values = TensorData.Floats(tensor);
        if (isDouble)
        {
            var doubles = TensorData.Doubles(tensor);
            for (var i = 0; i < values.Length; i++)
            {
                if (float.IsInfinity(values[i]) && double.IsFinite(doubles[i]))
                    values[i] = MathF.CopySign(float.MaxValue, values[i]);
            }
        }

        var wide = TensorData.Make(tensor.Name, tensor.Dims, values);
        tensor.FloatData.Clear();
        tensor.DoubleData.Clear();
        tensor.Int32Data.Clear();
        tensor.DataType = wide.DataType;
        tensor.RawData = wide.RawData;
    }
}
