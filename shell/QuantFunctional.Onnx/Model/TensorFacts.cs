using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>What is known of a tensor before anything runs.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Dims">
/// The dimensions; -1 where one is not known. Empty for a scalar, and also where ONNX Runtime does not even know how
/// many there are, since it does not tell these two apart.
/// </param>
internal sealed record TensorFact(TensorProto.Types.DataType Type, IReadOnlyList<long> Dims)
{
    /// <summary>What the free ones among the dimensions are called; "" where they have no name.</summary>
    internal IReadOnlyList<string> Symbols { get; init; } = [.. Dims.Select(_ => "")];

    /// <summary>The number of dimensions where it is known to be 1 or more, else null.</summary>
    internal int? Rank => Dims.Count == 0 ? null : Dims.Count;

    /// <summary>Whether the tensor has dimensions and all of them are known.</summary>
    internal bool IsStatic => Dims.Count > 0 && Dims.All(d => d >= 0);
}

/// <summary>Type and (partly) known dimensions of every tensor of a graph, as ONNX Runtime infers them.</summary>
internal sealed class TensorFacts
{
    /// <summary>Nothing is known of any tensor.</summary>
    internal static readonly TensorFacts None = new([]);

    private readonly Dictionary<string, TensorFact> _facts;

    private TensorFacts(Dictionary<string, TensorFact> facts) => _facts = facts;

    /// <summary>Lets ONNX Runtime infer the types and shapes of a model.</summary>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model.</exception>
    internal static TensorFacts Infer(OnnxModel model)
    {
        var proto = model.Proto.Clone();
        FlatGraph.CutAtChoices(proto.Graph);
        var listed = proto.Graph.Output.Select(o => o.Name).ToHashSet();
        var stated = new StatedTypes(proto.Graph, new GraphIndex(proto.Graph));
        var facts = new Dictionary<string, TensorFact>();
        foreach (var output in proto.Graph.Node.SelectMany(n => n.Output).ToList())
        {
            if (output.Length == 0 || !listed.Add(output))
                continue;
            // a session with such an output does not open
            if (stated.Of(output) is { } type && NarrowTypes.Stay(type))
                facts[output] = new TensorFact(type, []);
            else
                proto.Graph.Output.Add(new ValueInfoProto { Name = output });
        }

        Outline(proto.Graph);
        using var session = OrtSessions.OpenUnoptimized(new OnnxModel(model.Path, proto));
        foreach (var (name, metadata) in session.OutputMetadata.Concat(session.InputMetadata))
        {
            if (metadata.IsTensor)
            {
                // The numbers of ONNX Runtime's element types are those of the format.
                var type = (TensorProto.Types.DataType)(int)metadata.ElementDataType;
                facts[name] = new TensorFact(type, Array.ConvertAll(metadata.Dimensions, d => (long)d)) { Symbols = metadata.SymbolicDimensions };
            }
        }

        foreach (var tensor in model.Graph.Initializer)
            facts[tensor.Name] = new TensorFact(TensorData.Type(tensor), [.. tensor.Dims]);
        return new TensorFacts(facts);
    }

    /// <summary>Makes inputs of large weights, whose values tell nothing of types and shapes, and need not be copied.</summary>
    private static void Outline(GraphProto graph)
    {
        var listed = graph.Input.Select(input => input.Name).ToHashSet();
        foreach (var weight in graph.Initializer.Where(IsOutlined).ToList())
        {
            graph.Initializer.Remove(weight);
            if (listed.Contains(weight.Name))
                continue;
            var shape = new TensorShapeProto
            {
                Dim = { weight.Dims.Select(dim => new TensorShapeProto.Types.Dimension { DimValue = dim }) },
            };
            graph.Input.Add(new ValueInfoProto
            {
                Name = weight.Name,
                Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = weight.DataType, Shape = shape } },
            });
        }
    }

    private static bool IsOutlined(TensorProto tensor) =>
        tensor.RawData.Length >= FileBytes.Smallest && !NarrowTypes.Stay(TensorData.Type(tensor));

    /// <summary>What is known of a tensor; false for names that the main graph lacks, and for sequences.</summary>
    internal bool TryGet(string tensor, [NotNullWhen(true)] out TensorFact? fact) =>
        _facts.TryGetValue(tensor, out fact);

    /// <summary>The rank of a tensor where it is known to be 1 or more, else null.</summary>
    internal int? Rank(string tensor) => _facts.GetValueOrDefault(tensor)?.Rank;
}
