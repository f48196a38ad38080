using Google.Protobuf;
using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>
/// A model in memory. External data is part of its tensors, so that its bytes stand alone; large tensors are read when they are
/// looked at.
/// </summary>
internal sealed class OnnxModel
{
    /// <summary>A model that is already in memory, with all of its data.</summary>
    internal OnnxModel(string path, ModelProto proto)
    {
        Path = path;
        Proto = proto;
    }

    /// <summary>Where the model was loaded from, for messages.</summary>
    internal string Path { get; }

    /// <summary>The files beside it that hold its external data.</summary>
    internal IReadOnlyList<string> DataFiles { get; init; } = [];

    /// <summary>The whole document.</summary>
    internal ModelProto Proto { get; }

    /// <summary>The main graph.</summary>
    internal GraphProto Graph => Proto.Graph;

    /// <summary>The version of the default operator set; 1 where the model names none, as the format says.</summary>
    internal long Opset => Proto.OpsetImport
        .Where(o => NodeAttributes.IsDefaultDomain(o.Domain))
        .Select(o => o.Version)
        .DefaultIfEmpty(1)
        .Max();

    /// <summary>The graph's inputs that are not initializers (files older than IR 4 list both), in order.</summary>
    internal IReadOnlyList<ValueInfoProto> Inputs
    {
        get
        {
            var initializers = Graph.Initializer.Select(t => t.Name).ToHashSet();
            return [.. Graph.Input.Where(i => !initializers.Contains(i.Name))];
        }
    }

    /// <summary>Reads a model and the external data that it names.</summary>
    /// <exception cref="QuantException">
    /// The file is missing, cut off, not an ONNX model or larger than 2 GB without its external data; a tensor does not hold what it declares; or
    /// external data is missing, too short, or outside the model's folder.
    /// </exception>
    internal static OnnxModel Load(string path) => Read(ModelFile.ReadAll(path), path, path);

    /// <summary>Reads a model from where a caller has it.</summary>
    /// <exception cref="QuantException">As for files; or a model in memory names external data.</exception>
    internal static OnnxModel Load(ModelSource source)
    {
        if (source.Path is { } path)
            return Load(path);
        if (source.Bytes.IsEmpty)
            throw Diagnostics.NotOnnx.Fault($"{source.Name}: not an ONNX model, since it has no bytes.", file: source.Name);
        return Read(source.Bytes.Span, source.Name, null);
    }

    private static OnnxModel Read(ReadOnlySpan<byte> bytes, string path, string? file)
    {
        ModelProto proto;
        try
        {
            proto = ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Diagnostics.NotOnnx.Fault(
                $"{path}: not an ONNX file, or a truncated one; export or copy it again.",
                file: path, inner: e);
        }

        if (proto.Graph is null || proto.Graph.Node.Count == 0)
            throw Diagnostics.NotOnnx.Fault($"{path}: not an ONNX model, since it holds no graph with nodes.", file: path);
        IReadOnlyList<string> files = [];
        if (file is not null)
            files = ExternalData.Inline(proto, file);
        else
            ExternalData.Refuse(proto, path);
        foreach (var tensor in GraphWalk.Tensors(proto.Graph))
        {
            if (TensorData.Problem(tensor) is { } problem)
            {
                throw Diagnostics.TensorDamaged.Fault(
                    $"{path}: tensor '{tensor.Name}' {problem}; export the model again.",
                    file: path, node: tensor.Name);
            }
        }

        return new OnnxModel(path, proto) { DataFiles = files };
    }

    /// <summary>A copy that shares nothing that can change.</summary>
    internal OnnxModel Clone() => new(Path, Proto.Clone());

    /// <summary>The serialized document: the same bytes for the same content.</summary>
    /// <exception cref="QuantException">It is larger than 2 GB.</exception>
    internal byte[] ToBytes()
    {
        RefuseBeyondOnePiece(weightsAreBeside: false);
        return Proto.ToByteArray();
    }

    /// <summary>Refuses what no protobuf document can hold.</summary>
    /// <param name="weightsAreBeside">Whether only what surrounds the weights has to go into it.</param>
    internal void RefuseBeyondOnePiece(bool weightsAreBeside)
    {
        if (!weightsAreBeside && ModelSize.Of(Proto) is < 0 or > ModelFile.MaxBytes)
        {
            throw Diagnostics.ModelTooLarge.Fault(
                $"{Path}: larger than 2 GB in one piece, which ONNX files cannot be; write it to a file, with its weights beside it.",
                file: Path);
        }
    }
}
