using System.Runtime.InteropServices;
using Google.Protobuf;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>A table so large that it stays in its file is read with its rows as columns where the head asks for it.</summary>
public sealed class LargeTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 300_000)]
    [InlineData(300_000, 1)]
    [InlineData(515, 517)]
    [InlineData(16, 20_000)]
    public void Rows_of_a_file_become_columns(int rows, int columns)
    {
        float[] values = [.. Enumerable.Range(0, rows * columns).Select(at => at * 0.5f)];
        var path = _folder.File("matrix");
        File.WriteAllBytes(path, [1, 2, 3, .. MemoryMarshal.AsBytes(values.AsSpan())]);
        using var stream = File.OpenRead(path);
        var matrix = FileBytes.Of(stream.SafeFileHandle, path, 3, values.Length * sizeof(float));

        var turned = FileBytes.Transposed(matrix, columns)!;

        float[] expected = [.. Enumerable.Range(0, values.Length).Select(at => values[(at % rows * columns) + (at / rows)])];
        Assert.Equal(expected, FileBytes.Read<float>(turned));
        Assert.Equal(MemoryMarshal.AsBytes(expected.AsSpan()), turned.Span);
        Assert.True(FileBytes.AreTransposed(matrix, turned, columns));
        Assert.False(FileBytes.AreTransposed(turned, matrix, columns));
        Assert.Null(FileBytes.Transposed(turned, rows));
    }

    [Fact]
    public async Task It_becomes_the_same_integers_as_one_in_the_model()
    {
        const int Tokens = 1_100, Width = 256;
        var model = new ModelBuilder(21, 10)
            .Input("ids", DataType.Int64, -1, 1).Input("x", -1, Width).Random("table", Tokens, Width)
            .Node("Gather", ["table", "ids"], "rows").Node("Transpose", ["table"], "turned", "perm=1,0").Node("MatMul", ["x", "turned"], "y")
            .Output("rows", -1, 1, Width).Output("y", -1, Tokens).Build();
        var inside = _folder.Write("inside.onnx", model.ToBytes());
        using (var stream = new FileStream(_folder.File("beside.data"), FileMode.Create, FileAccess.ReadWrite))
            _folder.Write("beside.onnx", new DataFile("beside.data", stream).Refer(model.Proto).ToByteArray());

        var ofInside = await QuantizeAsync(inside);
        var ofBeside = await QuantizeAsync(_folder.File("beside.onnx"));

        Assert.Equal(["y"], Assert.Single(ofBeside.Embeddings).SharedWith);
        Assert.Equal(ModelDigest.Of(OnnxModel.Load(ofInside.QuantizedModel)), ModelDigest.Of(OnnxModel.Load(ofBeside.QuantizedModel)));
    }

    private static async Task<QuantizationReport> QuantizeAsync(string model) => await OnnxQuantizer.QuantizeWeightsAsync(
        new QuantizeWeightsRequest { Model = model, OutputPath = Path.ChangeExtension(model, ".int4.onnx"), Type = WeightType.Int4, BlockSize = 32 });
}
