using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Support;

/// <summary>Float models as builders write them in float16.</summary>
internal static class HalfModels
{
    /// <summary>The model with float16 in the place of float32: weights, activations, inputs and outputs.</summary>
    internal static OnnxModel Of(OnnxModel model)
    {
        var half = model.Clone();
        foreach (var tensor in GraphWalk.Tensors(half.Graph).Where(tensor => TensorData.Type(tensor) == DataType.Float))
            Narrow(tensor);
        foreach (var value in half.Graph.Input.Concat(half.Graph.Output).Where(value => value.Type.TensorType.ElemType == (int)DataType.Float))
            value.Type.TensorType.ElemType = (int)DataType.Float16;
        foreach (var node in half.Graph.Node.Where(node => node.Is("Cast") && node.GetInt("to", 0) == (int)DataType.Float))
            node.SetInt("to", (long)DataType.Float16);
        half.Graph.ValueInfo.Clear();
        return half;
    }

    /// <summary>The model with its matrices in float16, each behind a Cast to float32.</summary>
    internal static OnnxModel BehindCasts(OnnxModel model)
    {
        var half = model.Clone();
        foreach (var tensor in half.Graph.Initializer.Where(tensor => tensor.Dims.Count == 2 && TensorData.Type(tensor) == DataType.Float).ToList())
        {
            var name = tensor.Name;
            Narrow(tensor);
            tensor.Name = $"{name}_float16";
            var cast = new NodeProto { Name = $"{name}_Cast", OpType = "Cast", Input = { tensor.Name }, Output = { name } };
            cast.SetInt("to", (long)DataType.Float);
            half.Graph.Node.Insert(0, cast);
        }

        return half;
    }

    /// <summary>A float16 matrix of numbers between -1 and 1 that depend on the name only.</summary>
    internal static TensorProto Tensor(string name, params long[] dims)
    {
        var tensor = new ModelBuilder().Random(name, dims).Build().Graph.Initializer[0];
        Narrow(tensor);
        return tensor;
    }

    private static void Narrow(TensorProto tensor)
    {
        // a mask of -3.4e38 is the lowest number that there is, not an infinity
        Half[] values = [.. TensorData.Floats(tensor).Select(value => (Half)Math.Clamp(value, (float)Half.MinValue, (float)Half.MaxValue))];
        tensor.FloatData.Clear();
        tensor.RawData = TensorData.Make("", [], values.AsSpan()).RawData;
        tensor.DataType = (int)DataType.Float16;
    }
}
