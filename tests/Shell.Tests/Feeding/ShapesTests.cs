using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Feeding;

/// <summary>Samples of different shapes, each of which runs with its own.</summary>
public sealed class ShapesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sequences_of_different_lengths()
    {
        for (var i = 0; i < 18; i++)
            Npy.Archive(Sample(i), ("x", Draw.Npy(i, 1, 3 + (i % 4), 8)));
        var model = new ModelBuilder().Input("x", 1, -1, 8).Random("w", 8, 6).Node("MatMul", ["x", "w"], "y").Output("y", 1, -1, 6).Build();

        using var fed = Fed.With(model, _folder.Path, 18);

        Assert.Equal("y 18x-1x6", fed.Executed());
        Assert.Equal("y.17", fed.Arrays()[17]);
        Refused(Diagnostics.OneArrayForSeveral, () => fed.Executed("y.npy"));
    }

    [Fact]
    public void Images_of_different_sizes_without_a_batch_of_their_own()
    {
        for (var i = 0; i < 18; i++)
            Npy.Archive(Sample(i), ("x", Draw.Npy(i, 3, 5 + (i % 3), 4 + (i % 5))), ("labels", Npy.Of([0L])));
        var model = new ModelBuilder().Input("x", -1, 3, -1, -1).Conv("x", "y", 3, 4).Output("y", -1, 4, -1, -1).Build();

        using var fed = Fed.With(model, _folder.Path, 18);

        Assert.Equal("y 18x4x-1x-1", fed.Executed());
    }

    [Fact]
    public void Several_inputs_that_are_as_long_as_each_other()
    {
        for (var i = 0; i < 18; i++)
        {
            var length = 2 + (i % 5);
            Npy.Archive(
                Sample(i),
                ("mask", Npy.Of([.. Enumerable.Range(0, length).Select(at => at < 2)], 1, length)),
                ("ids", Npy.Of([.. Enumerable.Range(i, length).Select(at => at % 10)], 1, length)),
                ("scale", Npy.Of([(Half)0.5])));
        }

        var model = new ModelBuilder().Input("ids", DataType.Int64, -1, -1).Input("mask", DataType.Bool, -1, -1).Input("scale")
            .Random("table", 10, 8).Node("Gather", ["table", "ids"], "rows")
            .Node("Cast", ["mask"], "real", "to=1").Longs("last", 2).Node("Unsqueeze", ["real", "last"], "column")
            .Node("Mul", ["rows", "column"], "kept").Node("Mul", ["kept", "scale"], "scaled")
            .Random("w", 8, 6).Node("MatMul", ["scaled", "w"], "y").Output("y", -1, -1, 6).Build();
        using var fed = Fed.With(model, _folder.Path, 18, engine: false);
    }

    [Fact]
    public void Files_of_one_array_may_differ_too()
    {
        for (var i = 0; i < 18; i++)
            _folder.Write(FormattableString.Invariant($"s{i:D2}.npy"), Draw.Npy(i, 2, 3 + (i % 2), 8));
        var model = new ModelBuilder().Input("x", 1, -1, 8).Random("w", 8, 6).Node("MatMul", ["x", "w"], "y").Output("y", 1, -1, 6).Build();

        using var fed = Fed.With(model, _folder.Path, 36);
    }

    [Fact]
    public void Samples_from_memory_may_differ_too()
    {
        var model = new ModelBuilder().Input("x", 1, -1, 8).Random("w", 8, 6).Node("MatMul", ["x", "w"], "y").Output("y", 1, -1, 6).Build();
        var samples = Enumerable.Range(0, 18).Select(i => new Sample { { "x", Draw.Floats(i, 3 + (i % 4), 8), 3 + (i % 4), 8 } });
        for (var i = 0; i < 18; i++)
            Npy.Archive(Sample(i), ("x", Draw.Npy(i, 3 + (i % 4), 8)));

        using var memory = Fed.With(model, SampleData.From(samples), 18);
        using var files = Fed.With(model, _folder.Path, 18);

        Assert.Equal(files.Comparison.Digest, memory.Comparison.Digest);
        Assert.Equal(File.ReadAllBytes(files.Report.OutputPath!), File.ReadAllBytes(memory.Report.OutputPath!));
    }

    [Fact]
    public void A_batch_has_one_shape()
    {
        for (var i = 0; i < 4; i++)
            Npy.Archive(Sample(i), ("x", Draw.Npy(i, 3 + (i % 2), 8)));
        var model = new ModelBuilder().Input("x", 4, -1, 8).Node("Neg", ["x"], "y").Output("y", 4, -1, 8).Build();

        Refused(Diagnostics.SampleShapesDiffer, () => SampleSource.Open(_folder.Path, model));
    }

    [Fact]
    public void A_file_that_lacks_an_input_or_has_another_shape_is_named()
    {
        Npy.Archive(Sample(0), ("x", Draw.Npy(0, 3, 8)));
        Npy.Archive(Sample(1), ("x", Draw.Npy(0, 3, 7)));
        var model = new ModelBuilder().Input("x", 1, -1, 8).Node("Neg", ["x"], "y").Output("y", 1, -1, 8).Build();
        Assert.Equal(Sample(1), Refused(Diagnostics.SampleShapeDiffers, () => SampleSource.Open(_folder.Path, model)).File);

        File.Delete(Sample(1));
        Npy.Archive(Sample(1));
        Assert.Equal(Sample(1), Refused(Diagnostics.NoArrayForInput, () => SampleSource.Open(_folder.Path, model)).File);

        _folder.Write("x.npy", Draw.Npy(1, 3, 8));
        Assert.Contains("keep the ones or the others", Refused(Diagnostics.ArrayAmbiguous, () => SampleSource.Open(_folder.Path, model)).Message, StringComparison.Ordinal);
    }

    private string Sample(int index) => _folder.File(FormattableString.Invariant($"s{index:D2}.npz"));
}
