using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Observation;

public class CalibratorTests
{
    [Theory]
    [InlineData(16)] // whole blocks of channels: the tensors come out in ONNX Runtime's own layout
    [InlineData(20)] // a block that is padded
    [InlineData(3)]
    public void Ranges_are_those_of_the_tensors_themselves(int channels)
    {
        using var folder = new TemporaryFolder();
        var model = Convolutions(channels);
        string[] tensors = ["x", "r1", "c2", "sum", "p", "y"];
        var samples = Samples(folder, 5);
        using var source = SampleSource.Open(folder.File("x.npy"), model);
        var observed = Calibrator.Observe(model, tensors, source, null, default).Ranges;

        var all = samples.Select(sample => AllTensors(model, sample, tensors)).ToList();
        Assert.Equal(tensors.Order(), observed.Keys.Order());
        foreach (var tensor in tensors)
        {
            // another optimization level sums in another order, so only nearly the same
            AssertNear(all.Min(one => one[tensor].Values.Min()), observed[tensor].Min);
            AssertNear(all.Max(one => one[tensor].Values.Max()), observed[tensor].Max);
        }
    }

    [Fact]
    public void Ranges_do_not_depend_on_threads_or_on_the_order_of_samples()
    {
        using var folder = new TemporaryFolder();
        var model = Convolutions(32);
        Samples(folder, 8);
        var backwards = Directory.CreateDirectory(folder.File("backwards")).FullName;
        var forwards = Npy.ReadAll<float>(folder.File("x.npy"), "x").Chunk(3 * 12 * 12).ToArray();
        for (var i = 0; i < 8; i++)
            File.WriteAllBytes(Path.Combine(backwards, $"{i}.npy"), Npy.Of(forwards[7 - i], 1, 3, 12, 12));
        var one = Observe(model, folder.File("x.npy"), threads: 1);
        Assert.Equal(one, Observe(model, folder.File("x.npy"), threads: 2));
        Assert.Equal(one, Observe(model, backwards, threads: 1));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(20)]
    [InlineData(48)]
    public void Values_in_another_order_have_exactly_the_same_range(int channels)
    {
        using var folder = new TemporaryFolder();
        var model = Convolutions(channels);
        Samples(folder, 1);
        using var source = SampleSource.Open(folder.File("x.npy"), model);
        string[] tensors = ["r1", "c2", "sum", "p", "y"];
        var graph = ObservedGraph.Of(model, tensors, source.Inputs);
        var unordered = UnorderedOutputs.Open(graph, threads: 1, ordered: new HashSet<string>());
        unordered.Session.Dispose();
        if (Avx2.IsSupported)
            Assert.Equal(channels % 16 == 0, unordered.Outputs.ContainsKey("c2"));

        var observed = Calibrator.Observe(model, tensors, source, null, default, threads: 1).Ranges;
        var input = new FloatTensor([1, 3, 12, 12], Npy.ReadAll<float>(folder.File("x.npy"), "x"));
        var feed = new Dictionary<string, FloatTensor> { ["x"] = input };
        var ordered = Run.Model(graph.ToBytes(), feed, GraphOptimizationLevel.ORT_ENABLE_ALL);
        foreach (var (tensor, value) in ordered)
            Assert.Equal(new ObservedRange(value.Values.Min(), value.Values.Max()), observed[tensor]);
    }

    [Fact]
    public void Only_the_input_can_be_observed_too()
    {
        using var folder = new TemporaryFolder();
        var model = Convolutions(4);
        Samples(folder, 2);
        using var source = SampleSource.Open(folder.File("x.npy"), model);
        var range = Assert.Single(Calibrator.Observe(model, ["x"], source, null, default).Ranges);
        var values = Npy.ReadAll<float>(folder.File("x.npy"), "x");
        Assert.Equal(new ObservedRange(values.Min(), values.Max()), range.Value);
    }

    [Fact]
    public void A_tensor_whose_shape_changes_from_sample_to_sample_is_observed()
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder().Input("x", 1, 3).Output("y", -1)
            .Floats("zero", [], 0f)
            .Node("Greater", ["x", "zero"], "positive")
            .Node("Compress", ["x", "positive1"], "kept")
            .Longs("flat", -1)
            .Node("Reshape", ["positive", "flat"], "positive1")
            .Node("Neg", ["kept"], "y")
            .Build();
        folder.Write("x.npy", Npy.Of([1f, -2, 3, -1, 7, -5], 2, 3));
        using var source = SampleSource.Open(folder.File("x.npy"), model);
        var observed = Calibrator.Observe(model, ["y", "x"], source, null, default).Ranges;
        Assert.Equal(new ObservedRange(-7, -1), observed["y"]);
        Assert.Equal(new ObservedRange(-5, 7), observed["x"]);
    }

    [Fact]
    public void The_range_of_a_tensor_that_becomes_infinite_is_that_of_its_finite_values()
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder().Input("x", 1, 2).Output("y", 1, 2)
            .Node("Exp", ["x"], "e").Node("Sigmoid", ["e"], "y").Build();
        folder.Write("x.npy", Npy.Of([0f, 2, 3, 4, 5, 100], 3, 2));
        using var source = SampleSource.Open(folder.File("x.npy"), model);
        var observed = Calibrator.Observe(model, ["e", "y"], source, null, default);

        Assert.Equal(new ObservedRange(1, MathF.Exp(5)), observed.Ranges["e"]);
        Assert.Equal(new ObservedRange(1, float.PositiveInfinity), observed.WithInfinities("e"));
        Assert.Equal([new Infinity("e", 2)], observed.Infinities);
    }

    [Fact]
    public void A_NaN_is_refused_with_the_node_that_makes_it_and_the_sample_that_it_makes_it_of()
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder().Input("x", 1, 2).Output("y", 1, 2)
            .Node("Neg", ["x"], "n").Node("Sqrt", ["n"], "root").Node("Abs", ["root"], "a").Node("Sigmoid", ["a"], "y").Build();
        folder.Write("x.npy", Npy.Of([-1f, -2, -3, -4, 5, -6], 3, 2));
        using var source = SampleSource.Open(folder.File("x.npy"), model);
        Npy.AssertBadInput(
            () => Calibrator.Observe(model, ["y"], source, null, default),
            "test.onnx", "node root (Sqrt) makes NaN", "sample 2", "x.npy", "--skip-sample 2");
    }

    [Theory]
    [InlineData(13)]
    [InlineData(18)]
    public void The_largest_values_of_the_rows_of_a_Softmax_are_observed(long opset)
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder(opset).Input("x", 1, 2, 3).Output("y", 1, 2, 3)
            .Node("Neg", ["x"], "n").Node("Softmax", ["n"], "y", node => node.SetInt("axis", -1)).Build();
        folder.Write("x.npy", Npy.Of([-1f, 2, 3, 5000, 5001, 5002, 4, 5, 6, -9, 0, 9], 2, 2, 3));
        using var source = SampleSource.Open(folder.File("x.npy"), model);
        var observed = Calibrator.Observe(model, ["n"], source, null, default);

        Assert.Equal(new RowMaxima(-5000, -4), Assert.Single(observed.Rows, rows => rows.Key == "n").Value);
    }

    [Fact]
    public void A_tensor_that_is_not_float32_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder().Input("x", 1, 2).Output("y", 1, 2)
            .Node("Shape", ["x"], "s").Node("Neg", ["x"], "y").Build();
        folder.Write("x.npy", Npy.Of([1f, 2], 1, 2));
        using var source = SampleSource.Open(folder.File("x.npy"), model);
        Npy.AssertBadInput(() => Calibrator.Observe(model, ["s"], source, null, default), "test.onnx", "`s`");
    }

    [Fact]
    public void Calibration_can_be_cancelled_and_tells_how_far_it_is()
    {
        using var folder = new TemporaryFolder();
        var model = Convolutions(4);
        Samples(folder, 8);
        using var stop = new CancellationTokenSource();
        using var source = SampleSource.Open(folder.File("x.npy"), model);
        var progress = new Stop(stop);
        Assert.Throws<OperationCanceledException>(() => Calibrator.Observe(model, ["y"], source, progress, stop.Token));
        Assert.Equal(new QuantizeProgress(ProgressStage.Calibrating, 3, 8), progress.Last);
    }

    [SharedTheory]
    [InlineData("ultraface", "ultraface.data.npz")]
    [InlineData("ic_resnet8", "ic_resnet8.calibration.npz")]
    public void Ranges_of_real_networks_do_not_depend_on_threads(string name, string data)
    {
        var model = ModelPreparation.Prepare(OnnxModel.Load(Shared.Model(name + ".onnx")));
        Assert.Equal(
            Observe(model, Shared.Model(data), threads: 1),
            Observe(model, Shared.Model(data), threads: 2));
    }

    private sealed class Stop(CancellationTokenSource source) : IProgress<QuantizeProgress>
    {
        public QuantizeProgress? Last { get; private set; }

        public void Report(QuantizeProgress value)
        {
            Last = value;
            if (value.Done == 3)
                source.Cancel();
        }
    }

    private static OnnxModel Convolutions(int channels) => new ModelBuilder()
        .Input("x", -1, 3, 12, 12).Output("y", -1, channels, 1, 1)
        .Random("w1", channels, 3, 3, 3).Random("w2", channels, channels, 3, 3).Random("b2", channels)
        .Node("Conv", ["x", "w1"], "c1").Node("Relu", ["c1"], "r1")
        .Node("Conv", ["r1", "w2", "b2"], "c2", node => node.SetInts("pads", [1, 1, 1, 1]))
        .Node("Add", ["c2", "r1"], "sum")
        .Node("MaxPool", ["sum"], "p", node => node.SetInts("kernel_shape", [2, 2]))
        .Node("GlobalAveragePool", ["p"], "y")
        .Build();

    private static List<float[]> Samples(TemporaryFolder folder, int count)
    {
        var random = new Random(7);
        var samples = Enumerable.Range(0, count)
            .Select(_ => Enumerable.Range(0, 3 * 12 * 12).Select(_ => random.NextSingle() * 2 - 1).ToArray()).ToList();
        folder.Write("x.npy", Npy.Of(samples.SelectMany(sample => sample).ToArray(), count, 3, 12, 12));
        return samples;
    }

    private static Dictionary<string, FloatTensor> AllTensors(OnnxModel model, float[] sample, string[] tensors)
    {
        var copy = model.Clone();
        foreach (var tensor in tensors.Where(tensor => tensor is not ("x" or "y")))
            copy.Graph.Output.Add(new QuantFunctional.Onnx.Format.ValueInfoProto { Name = tensor });
        var input = new FloatTensor([1, 3, 12, 12], sample);
        return new(Run.Model(copy.ToBytes(), new Dictionary<string, FloatTensor> { ["x"] = input })) { ["x"] = input };
    }

    private static SortedDictionary<string, ObservedRange> Observe(OnnxModel model, string path, int threads)
    {
        using var source = SampleSource.Open(path, model);
        var tensors = model.Graph.Node
            .Where(node => node.OpType is "Conv" or "Relu" or "Add" or "Concat" or "AveragePool" or "Softmax" or "Gemm")
            .Select(node => node.Output[0]).ToList();
        return new(Calibrator.Observe(model, tensors, source, null, default, threads).Ranges.ToDictionary());
    }

    private static void AssertNear(float expected, float actual) =>
        Assert.InRange(Math.Abs(expected - actual), 0, 1e-5f * (1 + Math.Abs(expected)));
}
