using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Observation;

public class SampleSourceTests
{
    [Fact]
    public void The_array_named_as_the_input_is_taken()
    {
        using var folder = new TemporaryFolder();
        Npy.Archive(folder.File("d.npz"), ("other", Npy.Of([9f], 1)), ("x", Npy.Of([1f, 2, 3, 4], 2, 2)));
        Assert.Equal([[1, 2], [3, 4]], ReadAll(folder.File("d.npz"), Model([1, 2])));
    }

    [Fact]
    public void The_only_array_besides_the_labels_is_taken_and_labels_never_are()
    {
        using var folder = new TemporaryFolder();
        var images = Npy.Of(new byte[] { 1, 2, 3, 4 }, 2, 2);
        Npy.Archive(folder.File("d.npz"), ("labels", Npy.Of([1, 2], 2)), ("images", images));
        Assert.Equal([[1, 2], [3, 4]], ReadAll(folder.File("d.npz"), Model([-1, 2])));
        Npy.Archive(folder.File("l.npz"), ("labels", Npy.Of([1f, 2], 1, 2)));
        Npy.AssertBadInput(() => ReadAll(folder.File("l.npz"), Model([1, 2])), "l.npz", "`x`", "`labels`");
    }

    [Fact]
    public void A_single_npy_is_taken_whatever_its_name()
    {
        using var folder = new TemporaryFolder();
        folder.Write("images.npy", Npy.Of([1.0, 2, 3, 4], 2, 2));
        Assert.Equal([[1, 2], [3, 4]], ReadAll(folder.File("images.npy"), Model([1, 2])));
    }

    [Fact]
    public void The_files_of_a_folder_are_samples_or_batches_in_the_order_of_their_names()
    {
        using var folder = new TemporaryFolder();
        folder.Write("s2.npy", Npy.Of([5f, 6, 7, 8], 2, 2));
        folder.Write("s1.npy", Npy.Of([1f, 2, 3, 4], 2, 2));
        folder.Write("s3.npy", Npy.Of([9f, 10], 2));
        folder.Write("labels.npy", Npy.Of([0, 0, 0, 0, 0], 5));
        Assert.Equal([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]], ReadAll(folder.Path, Model([1, 2])));
    }

    [Fact]
    public void A_folder_may_hold_one_file_for_each_input()
    {
        using var folder = new TemporaryFolder();
        folder.Write("b.npy", Npy.Of([10f, 20], 2, 1));
        folder.Write("a.npy", Npy.Of([1f, 2, 3, 4], 2, 2));
        using var source = SampleSource.Open(folder.Path, TwoInputs());
        Assert.Equal(["a", "b"], source.Inputs.Select(input => input.Name));
        Assert.True(source.MoveNext());
        Assert.True(source.MoveNext());
        Assert.Equal([3f, 4], source.Inputs[0].Tensor.GetTensorDataAsSpan<float>().ToArray());
        Assert.Equal([20f], source.Inputs[1].Tensor.GetTensorDataAsSpan<float>().ToArray());
        Assert.False(source.MoveNext());
    }

    [Fact]
    public void Files_with_samples_of_different_shapes_run_each_with_its_own_but_in_no_batch()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.npy", Npy.Of([1f, 2], 1, 2));
        folder.Write("b.npy", Npy.Of([1f, 2, 3], 1, 3));
        Assert.Equal([[1, 2], [1, 2, 3]], ReadAll(folder.Path, Model([1, -1])));
        Npy.AssertBadInput(() => ReadAll(folder.Path, Model([2, -1])), "b.npy", "[1, 3]", "a.npy", "[1, 2]");
    }

    [Fact]
    public void Ambiguous_and_missing_arrays_are_refused_with_those_found()
    {
        using var folder = new TemporaryFolder();
        Npy.Archive(folder.File("d.npz"), ("p", Npy.Of([1f], 1)), ("q", Npy.Of([1f], 1)));
        Npy.AssertBadInput(() => ReadAll(folder.File("d.npz"), Model([1, 1])), "d.npz", "`x`", "`p`, `q`");
        Npy.AssertBadInput(() => ReadAll(folder.File("d.npz"), TwoInputs()), "d.npz", "`a`, `b`", "`p`, `q`");
        Npy.Archive(folder.File("e.npz"));
        Npy.AssertBadInput(() => ReadAll(folder.File("e.npz"), Model([1, 1])), "e.npz", "no array");
        Npy.AssertBadInput(() => ReadAll(folder.File("f.npz"), Model([1, 1])), "f.npz", "no such file");
    }

    [Theory]
    [InlineData(new long[] { 1, 3 }, "[?, 3]")]
    [InlineData(new long[] { -1, 2, 1 }, "[?, 2, 1]")]
    [InlineData(new long[] { 1 }, "[?]")]
    public void Another_shape_is_refused_with_both(long[] dims, string shown)
    {
        using var folder = new TemporaryFolder();
        folder.Write("x.npy", Npy.Of([1f, 2, 3, 4], 2, 2));
        Npy.AssertBadInput(() => ReadAll(folder.File("x.npy"), Model(dims)), "x.npy", "[2, 2]", shown, "`x`");
    }

    [Fact]
    public void A_model_of_a_fixed_larger_batch_gets_its_samples_again_where_there_are_fewer()
    {
        using var folder = new TemporaryFolder();
        folder.Write("x.npy", Npy.Of([1f, 2, 3, 4], 2, 2));
        using var source = SampleSource.Open(folder.File("x.npy"), Model([4, 2]));
        Assert.True(source.MoveNext());
        Assert.Equal([1f, 2, 3, 4, 1, 2, 3, 4], source.Inputs[0].Tensor.GetTensorDataAsSpan<float>().ToArray());
        Assert.Equal((2, 2, 1), (source.Count, source.Filled, source.RunCount));
        Assert.False(source.MoveNext());
    }

    [Fact]
    public void No_samples_are_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("x.npy", Npy.Of<float>([], 0, 2));
        Npy.AssertBadInput(() => ReadAll(folder.File("x.npy"), Model([1, 2])), "x.npy", "no samples");
        folder.Write("y.npy", Npy.Of<float>([], 2, 0));
        Npy.AssertBadInput(() => ReadAll(folder.File("y.npy"), Model([1, -1])), "y.npy", "[2, 0]");
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "an infinity")]
    [InlineData(float.NegativeInfinity, "an infinity")]
    public void One_value_that_is_not_finite_is_refused_with_its_sample(float value, string shown)
    {
        using var folder = new TemporaryFolder();
        var values = new float[500 * 7];
        values[417 * 7 + 6] = value;
        Npy.Archive(folder.File("calibration.npz"), ("input", Npy.Of(values, 500, 7)));
        Npy.AssertBadInput(
            () => ReadAll(folder.File("calibration.npz"), Model([1, 7])),
            $"calibration.npz: array `input` holds {shown} in sample 417");
    }

    [Fact]
    public void A_double_too_large_for_the_input_is_refused_with_its_sample()
    {
        using var folder = new TemporaryFolder();
        folder.Write("x.npy", Npy.Of([1.0, 1e39], 2, 1));
        Npy.AssertBadInput(() => ReadAll(folder.File("x.npy"), Model([1, 1])), "x.npy", "as float32", "sample 1");
    }

    [Fact]
    public void Integer_inputs_take_integers_that_fit_and_no_floats()
    {
        using var folder = new TemporaryFolder();
        folder.Write("x.npy", Npy.Of([1L, 2, 300], 3, 1));
        using (var source = SampleSource.Open(folder.File("x.npy"), Model([1, 1], DataType.Int32)))
        {
            Assert.True(source.MoveNext() && source.MoveNext() && source.MoveNext());
            Assert.Equal(300, source.Inputs[0].Tensor.GetTensorDataAsSpan<int>()[0]);
        }

        using (var source = SampleSource.Open(folder.File("x.npy"), Model([1, 1], DataType.Uint8)))
        {
            Assert.True(source.MoveNext() && source.MoveNext());
            Npy.AssertBadInput(() => source.MoveNext(), "x.npy", "sample 2", "uint8");
        }

        folder.Write("f.npy", Npy.Of([1f], 1, 1));
        var floats = folder.File("f.npy");
        Npy.AssertBadInput(() => SampleSource.Open(floats, Model([1, 1], DataType.Int64)), "f.npy", "float32");
        Npy.AssertBadInput(() => SampleSource.Open(floats, Model([1, 1], DataType.Complex64)), "f.npy", "Complex64");
    }

    [Fact]
    public void Inputs_with_different_numbers_of_samples_are_refused()
    {
        using var folder = new TemporaryFolder();
        Npy.Archive(folder.File("d.npz"), ("a", Npy.Of([1f, 2, 3, 4], 2, 2)), ("b", Npy.Of([1f, 2, 3], 3, 1)));
        Npy.AssertBadInput(() => SampleSource.Open(folder.File("d.npz"), TwoInputs()), "d.npz", "`a`", "`b`", "2", "3");
    }

    private static OnnxModel Model(long[] dims, DataType type = DataType.Float) => new ModelBuilder()
        .Input("x", type, dims).Output("y", type, dims).Node("Identity", ["x"], "y").Build();

    private static OnnxModel TwoInputs() => new ModelBuilder()
        .Input("a", -1, 2).Input("b", 1, 1).Output("y", -1, 2).Node("Add", ["a", "b"], "y").Build();

    private static List<float[]> ReadAll(string path, OnnxModel model)
    {
        using var source = SampleSource.Open(path, model);
        var all = new List<float[]>();
        while (source.MoveNext())
            all.Add(source.Inputs[0].Tensor.GetTensorDataAsSpan<float>().ToArray());
        Assert.Equal(source.Count, all.Count);
        return all;
    }
}
