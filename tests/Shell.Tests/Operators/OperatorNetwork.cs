using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Operators;

/// <summary>
/// A network of an operator test of the ONNX project: layer, operator, layer, with layers of one place each that are near the
/// identity, and samples near the test's input.
/// </summary>
/// <param name="Name">The test's name.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Model">The float network.</param>
/// <param name="Samples">Its samples.</param>
internal sealed record OperatorNetwork(string Name, string Operator, OnnxModel Model, IReadOnlyList<Sample> Samples)
{
    private const int SampleCount = 32;

    // of these every real input is data; of others the first one is, and the rest are constants
    private static readonly HashSet<string> Joining = ["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Concat", "Where", "MatMul"];

    // what has no real data to move or compute, is quantized already, or makes results of other shapes for other data
    private static readonly HashSet<string> LeftOut =
    [
        "Bernoulli", "CastLike", "DequantizeLinear", "DynamicQuantizeLinear", "If", "IsInf", "IsNaN", "Loop", "MelWeightMatrix", "OneHot",
        "QLinearConv", "QLinearMatMul", "QuantizeLinear", "Range", "Scan", "Shape", "Size", "Unique",
    ];

    /// <summary>The network of a test's folder; null where it has no real data, or ONNX Runtime does not run it.</summary>
    internal static OperatorNetwork? Read(string folder)
    {
        var proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, "model.onnx")));
        var (data, name) = (Path.Combine(folder, "test_data_set_0"), Path.GetFileName(folder));
        if (name.EndsWith("_expanded", StringComparison.Ordinal) || proto.Graph.Node is not [var node] || !NodeAttributes.IsDefaultDomain(node.Domain) || LeftOut.Contains(node.OpType)
            || proto.OpsetImport.Any(import => NodeAttributes.IsDefaultDomain(import.Domain) && import.Version is < 7 or > 26)
            || proto.Graph.Input.Any(input => input.Type.TensorType is null))
            return null;
        var given = proto.Graph.Input.Select((input, i) => Tensor(Path.Combine(data, $"input_{i}.pb"), input.Name)).ToList();
        var result = Tensor(Path.Combine(data, "output_0.pb"), "result");
        if (given.Contains(null) || result is null || TensorData.Type(result) == DataType.Undefined)
            return null;
        var first = given.FindIndex(tensor => TensorData.Type(tensor!) == DataType.Float);
        if (first < 0 || node.Output[0].Length == 0)
            return null;
        var inputs = given.Where((tensor, i) => TensorData.Type(tensor!) == DataType.Float && (i == first || Joining.Contains(node.OpType)))
            .Select(tensor => tensor!)
            .ToList();
        if (inputs.Any(tensor => TensorData.Count(tensor) == 0 || TensorData.Floats(tensor).Any(value => !float.IsFinite(value))))
            return null;
        var network = new NetworkWriter(proto);
        foreach (var tensor in given)
        {
            if (inputs.Contains(tensor!))
                network.Input(tensor!);
            else
                network.Constant(tensor!);
        }

        network.Operator(node);
        network.End(node.Output[0], result, proto.Graph.Output[0]);
        var samples = Enumerable.Range(0, SampleCount).Select(seed => SampleOf(inputs, node.OpType, seed)).ToList();
        var model = network.Complete(name);
        return Runs(model) ? new OperatorNetwork(name, node.OpType, model, samples) : null;
    }

    private static Sample SampleOf(IEnumerable<TensorProto> inputs, string operation, int seed)
    {
        var (sample, random) = (new Sample(), new Random(seed));
        foreach (var tensor in inputs)
        {
            var values = TensorData.Floats(tensor);
            var spread = values.Max(Math.Abs) is var most and > 0 ? most : 1;
            for (var i = 0; i < values.Length; i++)
                values[i] = Within(operation, values[i] + (0.05f * spread * ((2 * random.NextSingle()) - 1)), spread);
            sample.Add(tensor.Name, values, [1, .. tensor.Dims]);
        }

        return sample;
    }

    /// <summary>The number where the function is defined, and the layer before it does not lead out again.</summary>
    private static float Within(string operation, float x, float spread) => operation switch
    {
        "Acos" or "Asin" or "Atanh" => Math.Clamp(0.85f * x, -0.85f, 0.85f),
        "Acosh" => Math.Max(1.3f, x),
        "Log" or "Sqrt" or "Pow" => Math.Max(0.1f + (0.03f * spread), x),
        _ => x,
    };

    private static TensorProto? Tensor(string file, string name)
    {
        if (!File.Exists(file))
            return null;
        try
        {
            var tensor = TensorProto.Parser.ParseFrom(File.ReadAllBytes(file));
            tensor.Name = name;
            return TensorData.Type(tensor) == DataType.String ? null : tensor;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static bool Runs(OnnxModel model)
    {
        try
        {
            OrtSessions.OpenUnoptimized(model).Dispose();
            return true;
        }
        catch (QuantFunctional.QuantException)
        {
            return false;
        }
    }
}
