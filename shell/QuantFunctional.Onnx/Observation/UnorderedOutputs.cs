using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Observation;

/// <summary>A session whose outputs hold the wanted values, in whatever order suits ONNX Runtime.</summary>
/// <remarks>
/// ONNX Runtime convolves tensors in blocks of channels, and puts every graph output back into the model's order, which
/// costs more than finding its range. A range does not depend on the order. So the graph is taken as ONNX Runtime has
/// optimized it, and what would be put in order becomes the output itself. Where nothing is blocked, the session is the
/// ordinary one.
/// </remarks>
internal sealed class UnorderedOutputs
{
    private const string PutInOrder = "ReorderOutput";

    // Fewer channels than a whole number of blocks are padded with values that belong to no tensor
    private const int LargestBlock = 16;

    private UnorderedOutputs(InferenceSession session, IReadOnlyDictionary<string, string> outputs)
    {
        Session = session;
        Outputs = outputs;
    }

    /// <summary>The session; the caller disposes of it.</summary>
    public InferenceSession Session { get; }

    /// <summary>For the tensors that come out under another name: the session's output.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; }

    /// <summary>Opens a model, every output of which is an observed tensor.</summary>
    /// <param name="model">The model.</param>
    /// <param name="threads">Threads inside an operator; 0 for ONNX Runtime's own choice.</param>
    /// <param name="ordered">The outputs whose elements have to keep their order.</param>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model.</exception>
    public static UnorderedOutputs Open(OnnxModel model, int threads, IReadOnlySet<string> ordered)
    {
        var (plain, optimized) = OptimizedGraph.Open(model, () => OrtSessions.Options(threads));
        var none = new Dictionary<string, string>();
        if (optimized is null || TakeBlocked(optimized.Graph, ordered) is not { Count: > 0 } renamed)
            return new UnorderedOutputs(plain, none);

        using var options = OrtSessions.Options(threads);
        options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL; // it is optimized already
        var blocked = OrtSessions.Open(new OnnxModel(model.Path, optimized), options);
        if (renamed.All(pair => Count(blocked, pair.Value) is > 0 and var count && count == Count(plain, pair.Key)))
        {
            plain.Dispose();
            return new UnorderedOutputs(blocked, renamed);
        }

        blocked.Dispose();
        return new UnorderedOutputs(plain, none);
    }

    // Changes the graph; tells which output now holds the values of which tensor
    private static Dictionary<string, string> TakeBlocked(GraphProto graph, IReadOnlySet<string> ordered)
    {
        var renamed = new Dictionary<string, string>();
        var makers = graph.Node.Where(node => node.OpType == PutInOrder).ToDictionary(node => node.Output[0]);
        var read = graph.Node.SelectMany(node => node.Input).ToHashSet();
        foreach (var output in graph.Output.ToList())
        {
            if (ordered.Contains(output.Name)
                || !makers.TryGetValue(output.Name, out var maker)
                || maker.GetInt("channels", 1) % LargestBlock != 0
                || renamed.ContainsValue(maker.Input[0]))
            {
                continue;
            }

            renamed.Add(output.Name, maker.Input[0]);
            graph.Output[graph.Output.IndexOf(output)] = new ValueInfoProto { Name = maker.Input[0] };
            if (!read.Contains(output.Name))
                graph.Node.Remove(maker);
        }

        return renamed;
    }

    private static long? Count(InferenceSession session, string output) =>
        session.OutputMetadata[output].Dimensions.Aggregate(
            (long?)1, (product, dim) => dim < 0 ? null : product * dim);
}
