using System.Collections;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>The SHA-256 that ties a plan or a certificate to the quantized model that it was written with.</summary>
/// <remarks>
/// Hashed is the protobuf document, with external data read in, without what says nothing of what a model computes: producer,
/// model domain and version, the graph's name, descriptions, further properties, and the types that can be inferred of
/// tensors inside. Names of nodes and tensors are part of it, since plans call layers by them. Of a model that is too large for one
/// document, each large tensor is hashed by itself.
/// </remarks>
internal static class ModelDigest
{
    private static readonly HashSet<string> Anywhere = ["doc_string", "metadata_props", "value_info"];

    private static readonly Dictionary<MessageDescriptor, HashSet<string>> InOne = new()
    {
        [ModelProto.Descriptor] = ["producer_name", "producer_version", "domain", "model_version"],
        [GraphProto.Descriptor] = ["name"],
    };

    /// <summary>The hash of a model in lower-case hexadecimal digits.</summary>
    internal static string Of(OnnxModel model)
    {
        var bare = model.Proto.Clone();
        Strip(bare);
        if (ModelSize.IsLarge(bare))
        {
            foreach (var tensor in GraphWalk.Tensors(bare.Graph).Where(tensor => tensor.RawData.Length >= FileBytes.Smallest))
                tensor.RawData = ByteString.CopyFrom(SHA256.HashData(tensor.RawData.Span));
        }

        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
            bare.WriteTo(stream);
        return Convert.ToHexStringLower(hash.Hash!);
    }

    private static void Strip(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (Anywhere.Contains(field.Name)
                || (InOne.TryGetValue(message.Descriptor, out var names) && names.Contains(field.Name)))
            {
                field.Accessor.Clear(message);
            }
            else if (field.FieldType == FieldType.Message)
            {
                foreach (var inner in Inner(field.Accessor.GetValue(message)))
                    Strip(inner);
            }
        }
    }

    private static IEnumerable<IMessage> Inner(object? value) => value switch
    {
        IMessage message => [message],
        IList list => list.Cast<IMessage>(),
        _ => [],
    };
}
