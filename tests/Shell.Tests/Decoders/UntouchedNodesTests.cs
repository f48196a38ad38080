using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Decoders;

/// <summary>What does not become integers keeps every byte: nodes with their attributes, and the tensors that they read.</summary>
public sealed class UntouchedNodesTests
{
    [SharedTheory]
    [InlineData("contrib")]
    [InlineData("plain")]
    public async Task Nodes_that_are_not_quantized_keep_their_bytes(string form)
    {
        var original = OnnxModel.Load(Shared.Model($"decoder/{form}/model.onnx"));
        var random = new Random(5);
        var products = original.Graph.Node.Where(node => node.OpType == "MatMul" && IsConstant(original, node.Input[1])).ToList();
        var left = products.Where(_ => random.Next(3) == 0).Select(node => node.Name).ToHashSet();

        var report = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = original.ToBytes(),
            Type = WeightType.Int4,
            Exclude = [.. left],
        });

        var quantized = OnnxModel.Load(report.QuantizedModel);
        var nodes = quantized.Graph.Node.ToLookup(node => node.Name);
        var kept = 0;
        foreach (var node in original.Graph.Node.Where(node => left.Contains(node.Name) || node.Domain == "com.microsoft" || node.OpType == "Softmax"))
        {
            var same = Assert.Single(nodes[node.Name]);
            Assert.Equal(node.Attribute, same.Attribute);
            Assert.Equal((node.OpType, node.Domain), (same.OpType, same.Domain));
            foreach (var constant in node.Input.Where(input => IsConstant(original, input)))
                Assert.Equal(Tensor(original, constant).RawData, Tensor(quantized, constant).RawData);
            kept++;
        }

        Assert.True(left.Count > 2 && kept > left.Count);
        Assert.Equal(products.Count - left.Count, report.WeightOnlyLayers.Count);
    }

    private static bool IsConstant(OnnxModel model, string name) => model.Graph.Initializer.Any(tensor => tensor.Name == name);

    private static TensorProto Tensor(OnnxModel model, string name) => model.Graph.Initializer.Single(tensor => tensor.Name == name);
}
