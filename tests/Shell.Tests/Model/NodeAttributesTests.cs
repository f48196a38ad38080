using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Xunit;

namespace Shell.Tests.Model;

public class NodeAttributesTests
{
    [Fact]
    public void What_is_set_is_read_and_what_is_absent_has_its_default()
    {
        var node = new NodeProto { OpType = "Pad", Output = { "", "out" } };
        node.SetInt("i", 1);
        node.SetInt("i", 2);
        node.SetInts("l", [1, -1]);
        node.SetFloat("f", 0.5f);
        node.SetString("s", "edge");

        Assert.Equal(2, node.GetInt("i", 7));
        Assert.Equal([1, -1], node.GetInts("l")!);
        Assert.Equal(0.5f, node.GetFloat("f", 0));
        Assert.Equal("edge", node.GetString("s", ""));
        Assert.Equal(7, node.GetInt("none", 7));
        Assert.Null(node.GetInts("none"));
        node.Remove("i");
        Assert.False(node.Has("i"));
    }

    [Fact]
    public void A_node_is_called_by_its_name_else_by_its_first_output()
    {
        Assert.Equal("out", new NodeProto { OpType = "Split", Output = { "", "out" } }.DisplayName());
        Assert.Equal("conv1", new NodeProto { OpType = "Conv", Name = "conv1", Output = { "out" } }.DisplayName());
    }
}
