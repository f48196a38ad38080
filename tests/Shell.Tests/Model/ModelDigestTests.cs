using Google.Protobuf;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Model;

/// <summary>The digest of a model is of what it computes, and not of what is written about it.</summary>
public sealed class ModelDigestTests
{
    private static readonly (string What, Action<ModelProto> Change)[] Computing =
    [
        ("a weight", model => Flip(model.Graph.Initializer[0])),
        ("a weight's name", model => model.Graph.Initializer[0].Name += "_"),
        ("a shape", model => model.Graph.Initializer[0].Dims.Add(1)),
        ("a type", model => model.Graph.Initializer[0].DataType = 6),
        ("an operator", model => model.Graph.Node[1].OpType = "Sigmoid"),
        ("an operator's domain", model => model.Graph.Node[1].Domain = "com.example"),
        ("a node's name", model => model.Graph.Node[1].Name = "second"),
        ("an attribute", model => model.Graph.Node[0].Attribute[0].Ints[0]++),
        ("an edge", model => model.Graph.Node[1].Input[0] = "x"),
        ("the order of nodes", model => model.Graph.Node.Add(model.Graph.Node[0].Clone())),
        ("the operator set", model => model.OpsetImport[0].Version++),
        ("an input's shape", model => model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue = 3),
        ("an output", model => model.Graph.Output.RemoveAt(0)),
        ("a nested weight", model => Flip(model.Graph.Node[2].Attribute[0].G.Initializer[0])),
    ];

    private static readonly (string What, Action<ModelProto> Change)[] Telling =
    [
        ("the producer", model => model.ProducerName = "somebody"),
        ("the producer's version", model => model.ProducerVersion = "2"),
        ("the model's domain", model => model.Domain = "org.example"),
        ("the model's version", model => model.ModelVersion = 7),
        ("a description", model => model.DocString = "a model"),
        ("properties", model => model.MetadataProps.Add(new StringStringEntryProto { Key = "a", Value = "b" })),
        ("the graph's name", model => model.Graph.Name = "another"),
        ("the graph's description", model => model.Graph.DocString = "a graph"),
        ("a node's description", model => model.Graph.Node[0].DocString = "a node"),
        ("a nested node's description", model => model.Graph.Node[2].Attribute[0].G.Node[0].DocString = "inside"),
        ("a tensor's description", model => model.Graph.Initializer[0].DocString = "weights"),
        ("an input's description", model => model.Graph.Input[0].DocString = "pixels"),
        ("inferred shapes", model => model.Graph.ValueInfo.Add(new ValueInfoProto { Name = "y" })),
    ];

    [Fact]
    public void What_a_model_computes_is_part_of_it_and_what_is_said_of_it_is_not()
    {
        foreach (var (what, change) in Computing)
            Assert.True(ModelDigest.Of(Model()) != Changed(change), what);
        foreach (var (what, change) in Telling)
            Assert.True(ModelDigest.Of(Model()) == Changed(change), what);
    }

    [Fact]
    public void External_data_is_as_good_as_data_inside_and_nothing_is_changed()
    {
        using var folder = new TemporaryFolder();
        var model = Model();
        var (before, digest) = (model.ToBytes(), ModelDigest.Of(model));
        Assert.Equal(before, model.ToBytes());

        var weights = model.Graph.Initializer[0];
        folder.Write("weights.bin", weights.RawData.ToByteArray());
        weights.ClearRawData();
        weights.DataLocation = TensorProto.Types.DataLocation.External;
        weights.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "weights.bin" });
        Assert.Equal(digest, ModelDigest.Of(OnnxModel.Load(folder.Write("m.onnx", model.Proto.ToByteArray()))));
    }

    private static string Changed(Action<ModelProto> change)
    {
        var model = Model();
        change(model.Proto);
        return ModelDigest.Of(model);
    }

    private static void Flip(TensorProto tensor)
    {
        var bytes = tensor.RawData.ToByteArray();
        bytes[^1] ^= 1;
        tensor.RawData = ByteString.CopyFrom(bytes);
    }

    private static OnnxModel Model()
    {
        var body = new GraphProto
        {
            Initializer = { TensorData.Make("c", [1], new float[] { 1 }) },
            Node = { new NodeProto { OpType = "Identity", Input = { "c" }, Output = { "inner" } } },
        };
        return new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Random("w", 4, 2, 3, 3)
            .Node("Conv", ["x", "w"], "y", node => node.Attribute.Add(new AttributeProto
            {
                Name = "strides",
                Type = AttributeProto.Types.AttributeType.Ints,
                Ints = { 1, 1 },
            }))
            .Node("Relu", ["y"], "z")
            .Node("If", ["z"], "v", node => node.Attribute.Add(new AttributeProto
            {
                Name = "then_branch",
                Type = AttributeProto.Types.AttributeType.Graph,
                G = body,
            }))
            .Output("z")
            .Build();
    }
}
