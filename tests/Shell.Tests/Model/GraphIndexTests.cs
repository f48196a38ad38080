using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Model;

public class GraphIndexTests
{
    [Fact]
    public void Producers_consumers_and_roles_are_known()
    {
        var graph = new ModelBuilder().Input("x", 2).Floats("k", [2], 1, 2)
            .Node("Add", ["x", "k"], "a").Node("Mul", ["a", "a"], "y").Output("y", 2).Build().Graph;

        var index = new GraphIndex(graph);

        Assert.Same(graph.Node[0], index.Producer("a"));
        Assert.Null(index.Producer("x"));
        Assert.Same(graph.Node[1], Assert.Single(index.Consumers("a")));
        Assert.Same(graph.Node[1], index.SoleConsumer("a"));
        Assert.Empty(index.Consumers("y"));
        Assert.NotNull(index.Initializer("k"));
        Assert.True(index.IsGraphInput("x") && index.IsGraphOutput("y"));
        Assert.False(index.IsGraphInput("k") || index.IsGraphOutput("a"));
    }

    [Fact]
    public void A_node_reads_what_its_nested_graphs_take_from_outside()
    {
        var graph = NestedGraphTests.Model(13).Build().Graph;

        var index = new GraphIndex(graph);

        Assert.Equal("If", Assert.Single(index.Consumers("outer")).OpType);
        Assert.Equal("If", Assert.Single(index.Consumers("i")).OpType);
        Assert.Empty(index.Consumers("then_branch_k"));
    }

    [Fact]
    public void The_order_follows_the_data_and_else_the_file()
    {
        var graph = new ModelBuilder().Input("x", 2).Node("Add", ["b", "a"], "y").Node("Relu", ["x"], "b")
            .Node("Exp", ["x"], "a").Node("Neg", ["x"], "c").Output("y", 2).Build().Graph;

        var order = new GraphIndex(graph).TopologicalOrder;

        Assert.Equal(["Relu", "Exp", "Add", "Neg"], order.Select(n => n.OpType));
    }

    [Fact]
    public void Nodes_of_a_circle_come_last()
    {
        var graph = new ModelBuilder().Input("x", 2).Node("Add", ["x", "b"], "a").Node("Relu", ["a"], "b")
            .Node("Exp", ["x"], "y").Output("y", 2).Build().Graph;

        Assert.Equal(["Exp", "Add", "Relu"], new GraphIndex(graph).TopologicalOrder.Select(n => n.OpType));
    }
}
