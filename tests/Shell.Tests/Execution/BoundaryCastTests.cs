using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Execution;

/// <summary>Models whose inputs and outputs are of other real types than float32 inside run on own integers.</summary>
public class BoundaryCastTests
{
    [Theory]
    [InlineData("Float16")]
    [InlineData("Bfloat16")]
    [InlineData("Double")]
    public async Task Every_element_is_that_of_ONNX_Runtime(string name)
    {
        var type = Enum.Parse<DataType>(name);
        var model = new ModelBuilder().Input("x", type, 1, 6).Node("Cast", ["x"], "real", "to=1").Gemm("real", "a", 6, 5)
            .Node("Cast", ["a"], "y", $"to={(int)type}").Output("y", type, 1, 5).Build().ToBytes();
        using var folder = new TemporaryFolder();
        var data = folder.Write("x.npy", Npy.Of(Enumerable.Range(0, 96).Select(i => ((i * 37 % 64) - 31) / 19f).ToArray(), 16, 6));
        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest { Model = model, Calibration = data, Check = false });

        var compared = await ModelComparer.CompareAsync(model, report.QuantizedModel, data, withEngine: true);

        Assert.Equal((80L, 0L), (compared.Engine!.Equal, compared.Engine.Differing));
    }
}
