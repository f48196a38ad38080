using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Observation;

/// <summary>
/// Adds to a graph, for a layer, the mean of what each of its weights is multiplied with: for each input channel and each place in
/// the kernel, over all places where the kernel goes, the padding's zeros included.
/// </summary>
/// <remarks>
/// The mean of an output channel is then the weights times these means, and what rounding the weights does to it is exact, whatever
/// the weights are.
/// </remarks>
internal static class LayerInputMeans
{
    /// <summary>Adds the nodes and makes their results outputs.</summary>
    /// <param name="model">The model as it is observed.</param>
    /// <param name="inputs">What layers read.</param>
    /// <param name="batch">How many samples run at once; those of several stay apart.</param>
    /// <returns>For each layer, the tensor that holds the means.</returns>
    internal static IReadOnlyList<(string Layer, string Means)> Add(OnnxModel model, IReadOnlyList<LayerInput> inputs, int batch)
    {
        if (inputs.Count == 0)
            return [];
        var sized = Sized(model, inputs);
        var graph = new GraphEditor(model);
        var added = sized.Select(input => (input.Layer, Means: input.Kernel.Count == 0 ? OfProduct(graph, input, batch) : OfKernel(graph, input, batch))).ToList();
        foreach (var (_, means) in added)
            model.Graph.Output.Add(new ValueInfoProto { Name = means });
        graph.Changed();
        return added;
    }

    /// <summary>What no sample showed.</summary>
    internal static IReadOnlyList<LayerInputJson> Unseen(IReadOnlyList<LayerInput> inputs) =>
        [.. inputs.OrderBy(input => input.Layer, StringComparer.Ordinal).Select(input => new LayerInputJson(input.Layer, 0, new SumsJson(0, [])))];

    /// <summary>With the sizes that the samples give where the model leaves them open.</summary>
    private static IReadOnlyList<LayerInput> Sized(OnnxModel model, IReadOnlyList<LayerInput> inputs)
    {
        if (inputs.All(input => input.IsSized))
            return inputs;
        var facts = TensorFacts.Infer(model);
        return [.. inputs.Select(input => facts.TryGet(input.Tensor, out var fact) && fact.Dims.Count == input.Kernel.Count + 2
            ? input with { Sizes = [.. fact.Dims.Skip(2)] }
            : input)];
    }

    private static string OfProduct(GraphEditor graph, LayerInput input, int batch) =>
        Mean(graph, input.Tensor, [.. Enumerable.Range(0, input.Rank - 1).Where(axis => axis > 0 || batch == 1)], keeps: false);

    private static string OfKernel(GraphEditor graph, LayerInput input, int batch)
    {
        var means = Pooled(graph, input) ?? Multiplied(graph, input) ?? Cut(graph, input);
        return batch == 1 ? Mean(graph, means, [0], keeps: false) : Mean(graph, means, [], keeps: true);
    }

    /// <summary>
    /// By pooling over all places of the kernel, which ONNX Runtime does in blocks of channels, axis by axis; null where the kernel
    /// does not go to every element.
    /// </summary>
    private static string? Pooled(GraphEditor graph, LayerInput input)
    {
        var (pads, axes) = (input.Geometry.Pads, input.Kernel.Count);
        if (!input.IsSized || input.Geometry.Strides.Any(stride => stride != 1)
            || input.Places.Where((places, axis) => places <= Math.Max(pads[axis], pads[axes + axis])).Any())
        {
            return null;
        }

        var tensor = input.Tensor;
        for (var axis = axes - 1; axis >= 0; axis--)
        {
            var pool = new NodeProto { OpType = "AveragePool", Input = { tensor }, Output = { graph.FreshName($"{tensor}_pooled") } };
            pool.SetInts("kernel_shape", Along(axis, input.Places[axis], 1));
            pool.SetInts("strides", Along(axis, input.Geometry.Dilations[axis], 1));
            pool.SetInts("pads", [.. Along(axis, pads[axis], 0), .. Along(axis, pads[axes + axis], 0)]);
            pool.SetInt("count_include_pad", 1);
            graph.Graph.Node.Add(pool);
            tensor = pool.Output[0];
        }

        return tensor;

        long[] Along(int axis, long value, long others) => [.. Enumerable.Range(0, axes).Select(at => at == axis ? value : others)];
    }

    /// <summary>By products with matrices that hold where the kernel goes; null for other than one or two axes.</summary>
    private static string? Multiplied(GraphEditor graph, LayerInput input)
    {
        if (!input.IsSized || input.Kernel.Count > 2)
            return null;
        var last = input.Kernel.Count - 1;
        var means = Node(graph, "MatMul", input.Tensor, Places(graph, input, last, isTransposed: false));
        return last == 0 ? means : Node(graph, "MatMul", Places(graph, input, 0, isTransposed: true), means);
    }

    /// <summary>For each element of an axis (rows) and place in the kernel, the share of one reading; the other way round where transposed.</summary>
    private static string Places(GraphEditor graph, LayerInput input, int axis, bool isTransposed)
    {
        var (size, kernel, geometry) = ((int)input.Sizes[axis], input.Kernel[axis], input.Geometry);
        var shares = new float[size * kernel];
        for (var at = 0; at < kernel; at++)
        {
            for (var reading = 0; reading < input.Places[axis]; reading++)
            {
                var element = (reading * geometry.Strides[axis]) + (at * geometry.Dilations[axis]) - geometry.Pads[axis];
                if (element >= 0 && element < size)
                    shares[isTransposed ? (at * size) + element : (element * kernel) + at] = 1f / input.Places[axis];
            }
        }

        long[] dims = isTransposed ? [kernel, size] : [size, kernel];
        return graph.AddInitializer(TensorData.Make($"{input.Tensor}_shares", dims, shares.AsSpan()));
    }

    /// <summary>By slices of the padded tensor, whatever its sizes are.</summary>
    private static string Cut(GraphEditor graph, LayerInput input)
    {
        var tensor = Padded(graph, input);
        for (var axis = input.Kernel.Count - 1; axis >= 0; axis--)
            tensor = OfAxis(graph, tensor, axis + 2, input.Kernel[axis], input.Geometry.Strides[axis], input.Geometry.Dilations[axis]);
        return tensor;
    }

    private static string Padded(GraphEditor graph, LayerInput input)
    {
        var pads = input.Geometry.Pads;
        if (pads.All(pad => pad == 0))
            return input.Tensor;
        var spatial = input.Kernel.Count;
        long[] all = [0, 0, .. pads.Take(spatial).Select(pad => (long)pad), 0, 0, .. pads.Skip(spatial).Select(pad => (long)pad)];
        return Node(graph, "Pad", input.Tensor, Constant(graph, $"{input.Tensor}_pads", all));
    }

    /// <summary>The means along an axis, for each place in the kernel.</summary>
    private static string OfAxis(GraphEditor graph, string tensor, int axis, int kernel, int stride, int dilation)
    {
        if (kernel == 1 && stride == 1)
            return Mean(graph, tensor, [axis], keeps: true);
        var places = Enumerable.Range(0, kernel)
            .Select(place => Mean(graph, Sliced(graph, tensor, axis, place * dilation, (kernel - 1 - place) * dilation, stride), [axis], keeps: true))
            .ToArray();
        if (places.Length == 1)
            return places[0];
        var joined = new NodeProto { OpType = "Concat", Input = { places }, Output = { graph.FreshName($"{tensor}_places") } };
        joined.SetInt("axis", axis);
        graph.Graph.Node.Add(joined);
        return joined.Output[0];
    }

    private static string Sliced(GraphEditor graph, string tensor, int axis, int begin, int behind, int stride) => Node(
        graph, "Slice", tensor,
        Constant(graph, $"{tensor}_begin", [begin]),
        Constant(graph, $"{tensor}_end", [behind == 0 ? long.MaxValue : -behind]),
        Constant(graph, $"{tensor}_axis", [axis]),
        Constant(graph, $"{tensor}_stride", [stride]));

    private static string Mean(GraphEditor graph, string tensor, IReadOnlyList<int> axes, bool keeps)
    {
        if (axes.Count == 0)
            return Node(graph, "Identity", tensor);
        var node = new NodeProto { OpType = "ReduceMean", Input = { tensor }, Output = { graph.FreshName($"{tensor}_mean") } };
        node.SetInt("keepdims", keeps ? 1 : 0);
        graph.SetReducedAxes(node, axes.Select(axis => (long)axis));
        graph.Graph.Node.Add(node);
        return node.Output[0];
    }

    private static string Node(GraphEditor graph, string operation, params string[] inputs)
    {
        var node = new NodeProto { OpType = operation, Input = { inputs }, Output = { graph.FreshName($"{inputs[0]}_{operation}") } };
        graph.Graph.Node.Add(node);
        return node.Output[0];
    }

    private static string Constant(GraphEditor graph, string name, long[] values) =>
        graph.AddInitializer(TensorData.Make(name, [values.Length], values.AsSpan()));
}
