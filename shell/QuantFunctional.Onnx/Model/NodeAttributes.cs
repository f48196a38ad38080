using Google.Protobuf;
using QuantFunctional.Onnx.Format;
using static QuantFunctional.Onnx.Format.AttributeProto.Types;

namespace QuantFunctional.Onnx.Model;

/// <summary>Reads and writes the attributes of a node by name.</summary>
internal static class NodeAttributes
{
    /// <summary>Whether a domain is that of the ONNX operators themselves.</summary>
    internal static bool IsDefaultDomain(string domain) => domain is "" or "ai.onnx";

    /// <summary>Whether a node is the ONNX operator of that name.</summary>
    internal static bool Is(this NodeProto node, string opType) =>
        node.OpType == opType && IsDefaultDomain(node.Domain);

    /// <summary>What a node is called: its name, else its first output.</summary>
    internal static string DisplayName(this NodeProto node) =>
        node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(o => o.Length > 0) ?? node.OpType;

    /// <summary>The input at a position; "" where it is left out.</summary>
    internal static string InputOrEmpty(this NodeProto node, int index) =>
        index < node.Input.Count ? node.Input[index] : "";

    /// <summary>The attribute itself, or null.</summary>
    internal static AttributeProto? Find(this NodeProto node, string name) =>
        node.Attribute.FirstOrDefault(a => a.Name == name);

    /// <summary>Whether the node has the attribute.</summary>
    internal static bool Has(this NodeProto node, string name) => node.Find(name) is not null;

    /// <summary>An integer attribute, or the default where it is absent.</summary>
    internal static long GetInt(this NodeProto node, string name, long byDefault) => node.Find(name)?.I ?? byDefault;

    /// <summary>A float attribute, or the default where it is absent.</summary>
    internal static float GetFloat(this NodeProto node, string name, float byDefault) =>
        node.Find(name)?.F ?? byDefault;

    /// <summary>A string attribute, or the default where it is absent.</summary>
    internal static string GetString(this NodeProto node, string name, string byDefault) =>
        node.Find(name)?.S.ToStringUtf8() ?? byDefault;

    /// <summary>A list of integers, or null where it is absent.</summary>
    internal static IReadOnlyList<long>? GetInts(this NodeProto node, string name) => node.Find(name)?.Ints;

    /// <summary>A list of floats, or null where it is absent.</summary>
    internal static IReadOnlyList<float>? GetFloats(this NodeProto node, string name) => node.Find(name)?.Floats;

    /// <summary>Sets an integer attribute.</summary>
    internal static void SetInt(this NodeProto node, string name, long value) =>
        node.Set(new AttributeProto { Name = name, Type = AttributeType.Int, I = value });

    /// <summary>Sets a float attribute.</summary>
    internal static void SetFloat(this NodeProto node, string name, float value) =>
        node.Set(new AttributeProto { Name = name, Type = AttributeType.Float, F = value });

    /// <summary>Sets a string attribute.</summary>
    internal static void SetString(this NodeProto node, string name, string value) =>
        node.Set(new AttributeProto { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) });

    /// <summary>Sets a list of integers.</summary>
    internal static void SetInts(this NodeProto node, string name, IEnumerable<long> values) =>
        node.Set(new AttributeProto { Name = name, Type = AttributeType.Ints, Ints = { values } });

    /// <summary>Sets a tensor attribute.</summary>
    internal static void SetTensor(this NodeProto node, string name, TensorProto value) =>
        node.Set(new AttributeProto { Name = name, Type = AttributeType.Tensor, T = value });

    /// <summary>Sets a nested graph.</summary>
    internal static void SetGraph(this NodeProto node, string name, GraphProto value) =>
        node.Set(new AttributeProto { Name = name, Type = AttributeType.Graph, G = value });

    /// <summary>Takes an attribute away; nothing happens where it is absent.</summary>
    internal static void Remove(this NodeProto node, string name)
    {
        if (node.Find(name) is { } attribute)
            node.Attribute.Remove(attribute);
    }

    private static void Set(this NodeProto node, AttributeProto attribute)
    {
        node.Remove(attribute.Name);
        node.Attribute.Add(attribute);
    }
}
