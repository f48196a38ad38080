using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

public class NestedGraphTests
{
    [Fact]
    public void What_a_nested_graph_reads_stays_and_so_do_its_own_nodes()
    {
        var prepared = Check.Prepared(Model(13));

        Assert.Equal("Identity ReduceMax Greater If", Check.Operators(prepared));
        var body = GraphWalk.Bodies(prepared.Graph.Node[^1]).First();
        Assert.Equal("Constant Add", string.Join(' ', body.Node.Select(n => n.OpType)));
        Assert.Contains(prepared.Graph.Initializer, t => t.Name == "outer");
    }

    /// <summary>If max(x) > 0 then a constant else the identity of x, both taken from outside, plus 0.5.</summary>
    internal static ModelBuilder Model(long opset) => new ModelBuilder(opset).Input("x", 2, 3)
        .Node("Identity", ["x"], "i")
        .Node("ReduceMax", ["x"], "m", n => n.SetInt("keepdims", 0))
        .Floats("zero", [], 0f)
        .Node("Constant", [], "outer", n => n.SetTensor("value", TensorData.Make("", [2, 3], [1f, 2f, 3f, 4f, 5f, 6f])))
        .Node("Greater", ["m", "zero"], "c")
        .Node("If", ["c"], "y", n =>
        {
            n.Attribute.Add(Body("then_branch", "outer"));
            n.Attribute.Add(Body("else_branch", "i"));
        })
        .Output("y", 2, 3);

    private static AttributeProto Body(string name, string taken)
    {
        var constant = new NodeProto { OpType = "Constant", Output = { name + "_k" } };
        constant.SetTensor("value", TensorData.Make("", [1], [0.5f]));
        var add = new NodeProto { OpType = "Add", Input = { taken, name + "_k" }, Output = { name + "_out" } };
        return new AttributeProto
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Graph,
            G = new GraphProto
            {
                Name = name,
                Node = { constant, add },
                Output = { new ValueInfoProto { Name = name + "_out", Type = Float() } },
            },
        };
    }

    private static TypeProto Float() => new()
    {
        TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float },
    };
}
