using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Feeding;

/// <summary>Arrays of every type feed inputs of every type that takes them.</summary>
public sealed class ElementTypeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[], double[]> Arrays => new()
    {
        { "bool", Npy.Of([true, false, true], 3, 1), [1, 0, 1] },
        { "int8", Npy.Of(new sbyte[] { 1, 0, 100 }, 3, 1), [1, 0, 100] },
        { "int16", Npy.Of(new short[] { 1, 0, 100 }, 3, 1), [1, 0, 100] },
        { "int32", Npy.Of([1, 0, 100], 3, 1), [1, 0, 100] },
        { "int64", Npy.Of([1L, 0, 100], 3, 1), [1, 0, 100] },
        { "uint8", Npy.Of(new byte[] { 1, 0, 100 }, 3, 1), [1, 0, 100] },
        { "float16", Npy.Of([(Half)1, (Half)0, (Half)0.5], 3, 1), [1, 0, 0.5] },
        { "float64", Npy.Of([1.0, 0, 0.25], 3, 1), [1, 0, 0.25] },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Arrays))]
    public void Any_array_feeds_real_numbers(string type, byte[] array, double[] values)
    {
        var file = _folder.Write($"{type}.npy", array);
        foreach (var input in new[] { DataType.Float, DataType.Double, DataType.Float16, DataType.Bfloat16 })
        {
            Assert.Equal(values, Read(file, input));
        }
    }

    [Theory]
    [MemberData(nameof(Arrays))]
    public void Whole_numbers_and_truth_values_feed_integers_and_truth_values(string type, byte[] array, double[] values)
    {
        if (type.StartsWith("float", StringComparison.Ordinal))
            return;
        var file = _folder.Write($"{type}.npy", array);
        foreach (var input in new[] { DataType.Int8, DataType.Uint8, DataType.Int16, DataType.Int32, DataType.Int64, DataType.Uint64 })
            Assert.Equal(values, Read(file, input));
        Assert.Equal([1, 0, 1], Read(file, DataType.Bool));
    }

    [Fact]
    public void What_a_float16_input_does_not_hold_is_refused()
    {
        Npy.AssertBadInput(() => Read(_folder.Write("x.npy", Npy.Of([1f, 70000], 2, 1)), DataType.Float16), "as float16", "sample 1");
        Npy.AssertBadInput(() => Read(_folder.Write("x.npy", Npy.Of([1f, float.NaN], 2, 1)), DataType.Bfloat16), "NaN", "sample 1");
    }

    private static List<double> Read(string file, DataType type)
    {
        var model = new ModelBuilder().Input("x", type, 1, 1).Node("Identity", ["x"], "y").Output("y", type, 1, 1).Build();
        using var source = SampleSource.Open(file, model);
        using var session = new InferenceSession(model.ToBytes());
        using var options = new RunOptions();
        var read = new List<double>();
        while (source.MoveNext())
        {
            using var outputs = session.Run(options, ["x"], [source.Inputs[0].Tensor], ["y"]);
            Assert.Equal(source.Inputs[0].Tensor.GetTensorTypeAndShape().ElementDataType, outputs[0].GetTensorTypeAndShape().ElementDataType);
            var value = Assert.Single(QuantFunctional.Onnx.Model.OutputValues.Read(outputs[0]).Values);
            Assert.Equal(value, Assert.Single(source.Inputs[0].Reals(0)));
            read.Add(value);
        }

        return read;
    }
}
