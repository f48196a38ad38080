using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Codes;

/// <summary>QF05xx: what is wrong with samples has its code, and names their file.</summary>
public sealed class SampleCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Arrays_that_feed_no_input()
    {
        var two = Archive(("p", Npy.Of([1f], 1)), ("q", Npy.Of([1f], 1)));

        Assert.Equal(two, Refused(Diagnostics.ArrayAmbiguous, () => Read(two, Model([1, 1]))).File);
        Refused(Diagnostics.NoArrayForInput, () => Read(Archive(), Model([1, 1])));
        Refused(Diagnostics.NoInputToFeed, () => Read(two, new ModelBuilder().Floats("k", [1], 1).Node("Identity", ["k"], "y")
            .Output("y", 1).Build()));
    }

    [Fact]
    public void Samples_that_do_not_fit_the_input()
    {
        var x = Array(Npy.Of([1f, 2, 3, 4], 2, 2));

        Assert.Equal("x", Refused(Diagnostics.SampleShapeDiffers, () => Read(x, Model([1, 3]))).Node);
        Refused(Diagnostics.SampleTypeDiffers, () => Read(x, Model([1, 2], DataType.Int64)));
        Refused(Diagnostics.InputTypeNotFed, () => Read(Array(Npy.Of([1, 2], 1, 2)), Model([1, 2], DataType.Complex64)));
        Refused(Diagnostics.NoSamples, () => Read(Array(Npy.Of<float>([], 0, 2)), Model([1, 2])));
        Refused(Diagnostics.SampleWithoutElements, () => Read(Array(Npy.Of<float>([], 2, 0)), Model([1, -1])));
        Refused(Diagnostics.SampleNotFinite, () => Read(Array(Npy.Of([1f, float.NaN], 2, 1)), Model([1, 1])));
    }

    [Fact]
    public void Samples_that_do_not_fit_each_other()
    {
        _folder.Write("a.npy", Npy.Of([1f, 2], 1, 2));
        _folder.Write("b.npy", Npy.Of([1f, 2, 3], 1, 3));
        Refused(Diagnostics.SampleShapesDiffer, () => Read(_folder.Path, Model([2, -1])));

        var two = new ModelBuilder().Input("a", -1, 2).Input("b", 1, 1).Output("y", -1, 2).Node("Add", ["a", "b"], "y").Build();
        var data = Archive(("a", Npy.Of([1f, 2, 3, 4], 2, 2)), ("b", Npy.Of([1f, 2, 3], 3, 1)));
        Refused(Diagnostics.SampleCountsDiffer, () => Read(data, two));
    }

    [Fact]
    public void Samples_that_are_left_out()
    {
        var x = Array(Npy.Of([1f, 2], 2, 1));

        Refused(Diagnostics.SkippedSampleMissing, () => Read(x, Model([1, 1]), 2));
        Refused(Diagnostics.EverySampleSkipped, () => Read(x, Model([1, 1]), 0, 1));
    }

    [Fact]
    public void Samples_that_the_float_model_does_not_work_on()
    {
        var model = new ModelBuilder().Input("x", 1, 4).Node("Sqrt", ["x"], "root").Gemm("root", "y", 4, 3).Output("y", 1, 3).Build();
        var samples = new Samples([new Dictionary<string, FloatTensor> { ["x"] = new([1, 4], [1, -1, 1, 1]) }]);

        var fault = Refused(Diagnostics.FloatModelMakesNaN, () => Quantized.Of(model, samples));

        Assert.Contains("--skip-sample 0", fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_on_which_ONNX_Runtime_fails()
    {
        var model = new ModelBuilder().Input("x", 1, 4).Input("at", DataType.Int64, 1).Node("Gather", ["x", "at"], "part", "axis=1")
            .Gemm("part", "y", 1, 3).Output("y", 1, 3).Build();
        var data = Archive(("x", Npy.Of([1f, 2, 3, 4], 1, 4)), ("at", Npy.Of([9L], 1)));

        Refused(Diagnostics.RunFails, () => OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = _folder.Write("model.onnx", model.ToBytes()),
            Calibration = data,
        }));
    }

    [Fact]
    public void Labels_that_are_none()
    {
        var f = _folder.Write("f.onnx", new ModelBuilder().Input("x", 1, 3).Node("Neg", ["x"], "y").Output("y", 1, 3).Build().ToBytes());
        var flat = _folder.Write("flat.onnx", new ModelBuilder().Input("x", 1, 3).Longs("shape", 1, 3, 1, 1)
            .Floats("k", [1, 1, 1, 2], 1, 2).Node("Reshape", ["x", "shape"], "r").Node("Mul", ["r", "k"], "y").Output("y").Build().ToBytes());
        var x = ("x", Npy.Of([1f, 0, 0], 1, 3));

        var wrong = Archive(x, ("labels", Npy.Of([1f], 1)));
        Refused(Diagnostics.LabelsWrong, () => ModelComparer.CompareAsync(f, f, wrong));
        var outside = Archive(x, ("labels", Npy.Of([9], 1)));
        Refused(Diagnostics.LabelOutOfRange, () => ModelComparer.CompareAsync(f, f, outside));
        var asked = Archive(x, ("labels", Npy.Of([0], 1)));
        Refused(Diagnostics.LabelsWithoutClasses, () => ModelComparer.CompareAsync(flat, flat, asked, "labels"));
    }

    private static OnnxModel Model(long[] dims, DataType type = DataType.Float) => new ModelBuilder()
        .Input("x", type, dims).Output("y", type, dims).Node("Identity", ["x"], "y").Build();

    private static void Read(string path, OnnxModel model, params long[] skipped)
    {
        using var source = SampleSource.Open(path, model, skipped: skipped.ToHashSet());
        while (source.MoveNext())
        {
        }
    }

    private string Array(byte[] bytes) => _folder.Write("x.npy", bytes);

    private string Archive(params (string, byte[])[] arrays)
    {
        var path = _folder.File("d.npz");
        File.Delete(path);
        Npy.Archive(path, arrays);
        return path;
    }
}
