using QuantFunctional.Onnx.Model;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace QuantFunctional.Bench;

/// <summary>
/// The tensors of a float model that a quantizer needs ranges of: about one for every quantized tensor.
/// </summary>
internal static class ObservedTensors
{
    private static readonly HashSet<string> Makers =
    [
        "Conv", "Gemm", "MatMul", "Add", "Mul", "Concat", "MaxPool", "AveragePool", "GlobalAveragePool",
        "Relu", "Clip", "LeakyRelu", "Sigmoid", "Softmax",
    ];

    public static IReadOnlyList<string> Of(OnnxModel model)
    {
        var index = new GraphIndex(model.Graph);
        var facts = TensorFacts.Infer(model);
        var made = model.Graph.Node
            .Where(node => Makers.Contains(node.OpType))
            .Select(node => node.Output[0])
            .Where(tensor => facts.TryGet(tensor, out var fact) && fact.Type == DataType.Float)
            .Where(tensor => index.SoleConsumer(tensor) is not { OpType: "Relu" or "Clip" or "BatchNormalization" });
        return [.. model.Inputs.Select(input => input.Name), .. made];
    }
}
