using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Codes;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Repair;

/// <summary>What a repair refuses, leaves alone, and says.</summary>
public sealed class RepairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ModelBuilder Product(sbyte[] weights, long opset = 13, int rows = 3) =>
        new ModelBuilder(opset).Input("x", rows, 20).Pair("x", "xq", 0.03f, 101)
            .Initializer(TensorData.Make("w.integers", [20, 4], weights))
            .Floats("w.step", [], 0.01f)
            .Initializer(TensorData.Make("w.zero", [], [(sbyte)0]))
            .Node("DequantizeLinear", ["w.integers", "w.step", "w.zero"], "w")
            .Node("MatMul", ["xq", "w"], "p", node => node.Name = "product").Pair("p", "y", 0.3f, 60).Output("y", rows, 4);

    private static sbyte[] Unsafe => LayerFormTests.Weights(4, 20, false);

    private static sbyte[] Safe => Array.ConvertAll(Unsafe, weight => (sbyte)(weight / 2));

    private Task<RepairReport> RepairAsync(OnnxModel model, Func<RepairRequest, RepairRequest>? with = null)
    {
        var request = new RepairRequest { Model = _folder.Write("m.onnx", model.ToBytes()) };
        return ModelRepairer.RepairAsync(with?.Invoke(request) ?? request);
    }

    [Fact]
    public async Task Nothing_is_written_where_there_is_nothing_to_repair()
    {
        var report = await RepairAsync(Product(Safe).Build());

        Assert.Null(report.OutputPath);
        Assert.Equal((1, 0, "onnxruntime"), (report.LayersLookedAt, report.Layers.Count, report.Profile));
        Assert.False(File.Exists(_folder.File("m.repaired.onnx")));
        Assert.StartsWith("The integers are the same on every processor", report.Holds, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_adds_in_full_leaves_pairs_alone()
    {
        var report = await RepairAsync(Product(Unsafe).Build(), request => request with { Profile = Profiles.OnnxRuntimeVnni });

        Assert.Null(report.OutputPath);
        Assert.Equal("onnxruntime-vnni", report.Profile);
        Assert.StartsWith(
            "The integers hold only on x64 with VNNI, x64 with SSE4.1, ARM64 and WebAssembly: neighbouring products of 1 layer ",
            report.Holds,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repaired_model_needs_no_repair_and_the_same_model_gives_the_same_bytes()
    {
        var first = await RepairAsync(Product(Unsafe).Build());
        var bytes = File.ReadAllBytes(first.OutputPath!);

        var again = await ModelRepairer.RepairAsync(new RepairRequest { Model = first.OutputPath! });
        await RepairAsync(Product(Unsafe).Build(), request => request with { OutputPath = _folder.File("other.onnx") });

        Assert.Null(again.OutputPath);
        Assert.Equal(bytes, File.ReadAllBytes(_folder.File("other.onnx")));
    }

    [Fact]
    public async Task A_file_that_exists_is_only_replaced_when_told_so_and_an_input_never()
    {
        var model = Product(Unsafe).Build();
        _folder.Write("m.repaired.onnx", [1]);

        var exists = await Assert.ThrowsAsync<QuantException>(() => RepairAsync(model));
        var over = await Assert.ThrowsAsync<QuantException>(() =>
            RepairAsync(model, request => request with { OutputPath = request.Model.Path, Overwrite = true }));
        await RepairAsync(model, request => request with { Overwrite = true });

        Assert.Contains("exists already", exists.Message, StringComparison.Ordinal);
        Assert.Contains("inputs are not modified", over.Message, StringComparison.Ordinal);
        Assert.True(new FileInfo(_folder.File("m.repaired.onnx")).Length > 1);
    }

    [Fact]
    public async Task A_float_model_is_refused_with_a_remedy()
    {
        var refusal = await Assert.ThrowsAsync<QuantException>(() =>
            RepairAsync(new ModelBuilder().Input("x", 1, 4).Gemm("x", "y", 4, 3).Output("y", 1, 3).Build()));

        Assert.Equal(FaultKind.BadInput, refusal.Kind);
        Assert.Contains("quantfn quantize", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_opset_without_steps_along_an_axis_is_refused_with_a_remedy_and_nothing_is_written()
    {
        var refusal = await Assert.ThrowsAsync<QuantException>(() => RepairAsync(Product(Unsafe, opset: 11).Build()));

        Assert.Equal(FaultKind.Failed, refusal.Kind);
        Assert.Contains("product", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((Diagnostics.LayerNotRepaired.Code, "product"), (refusal.Code, refusal.Node));
        Assert.Contains("opset 13", refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("m.repaired.onnx")));
    }

    [Fact]
    public async Task What_no_repair_mends_fails_and_is_named()
    {
        var model = new ModelBuilder().Input("x", 3, 20).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [20, 4], Safe, [0.01f], 1).Bias("b", [1, 2, 3, 4], [2 * 0.03f * 0.01f])
            .Node("Gemm", ["xq", "w", "b"], "p", node => node.Name = "head").Pair("p", "y", 0.3f, 60).Output("y", 3, 4);

        var refusal = await Assert.ThrowsAsync<QuantException>(() => RepairAsync(model.Build()));

        Assert.Equal(FaultKind.Failed, refusal.Kind);
        Assert.Equal(Diagnostics.RepairNotEnough.Code, refusal.Code);
        Assert.Contains("layer head breaks what a repair does not mend", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["m.onnx"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_layer_that_is_not_read_is_named_with_the_reason()
    {
        var model = new ModelBuilder().Input("x", 1, 4, 8, 8).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [4, 4, 1, 1], Unsafe[..16], [0.01f, 0.02f, 0.005f, 0.013f], 1)
            .Node("Conv", ["xq", "w"], "conv", node => node.Name = "wrong").Pair("conv", "y", 0.05f, 90).Output("y", 1, 4, 8, 8);

        var report = await RepairAsync(model.Build());

        Assert.Null(report.OutputPath);
        var left = Assert.Single(report.NotUnderstood);
        Assert.Equal("wrong", left.Name);
        Assert.Contains("go along axis 1", left.Reason, StringComparison.Ordinal);
        Assert.Contains(
            "; nothing is known of 1 node that was not looked at; on the way to output `y` they end before Conv (node wrong), ",
            report.Holds,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Layers_that_run_in_float_here_are_told()
    {
        var model = new ModelBuilder().Input("x", 3, 20).Pair("x", "xq", 0.03f, -27, signed: true)
            .Weights("w", [20, 4], Unsafe, [0.01f], 1).Weights("v", [20, 4], Unsafe, [0.01f], 1)
            .Node("MatMul", ["xq", "w"], "p").Pair("p", "y", 0.3f, -60, signed: true)
            .Node("MatMul", ["xq", "v"], "q").Pair("q", "z", 0.3f, -60, signed: true)
            .Node("Add", ["y", "z"], "s").Pair("s", "sum", 0.6f, 0, signed: true).Output("sum", 3, 4).Output("y", 3, 4);

        var report = await RepairAsync(model.Build());

        if (System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64)
        {
            Assert.Contains("in float on this machine", Provoke.Warned(Diagnostics.LayersInFloat, report.Warnings).Message, StringComparison.Ordinal);
            Assert.Contains("in float on this machine", report.Holds, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Weights_in_a_file_beside_the_model_are_read_and_stand_in_the_result()
    {
        var model = Product(Unsafe).Build();
        var weight = model.Graph.Initializer.Single(tensor => tensor.Name == "w.integers");
        _folder.Write("weights.bin", weight.RawData.ToByteArray());
        weight.ClearRawData();
        weight.DataLocation = QuantFunctional.Onnx.Format.TensorProto.Types.DataLocation.External;
        weight.ExternalData.Add(new QuantFunctional.Onnx.Format.StringStringEntryProto { Key = "location", Value = "weights.bin" });
        var path = _folder.Write("external.onnx", model.ToBytes());

        var report = await ModelRepairer.RepairAsync(new RepairRequest { Model = path });

        var inline = await RepairAsync(Product(Unsafe).Build());
        Assert.Equal(File.ReadAllBytes(inline.OutputPath!), File.ReadAllBytes(report.OutputPath!));
    }

    [Fact]
    public async Task Constants_that_nodes_hold_are_replaced_in_their_nodes()
    {
        var model = Product(Unsafe).Build();
        foreach (var name in new[] { "w.step", "w.integers" })
        {
            var tensor = model.Graph.Initializer.Single(t => t.Name == name);
            model.Graph.Initializer.Remove(tensor);
            var node = new QuantFunctional.Onnx.Format.NodeProto { OpType = "Constant", Output = { name } };
            node.SetTensor("value", tensor);
            model.Graph.Node.Insert(0, node);
        }

        var report = await RepairAsync(model);

        var repaired = OnnxModel.Load(report.OutputPath!);
        Assert.Equal(2, repaired.Graph.Node.Count(node => node.OpType == "Constant"));
        Assert.True(IntegerModel.Load(repaired, Profiles.OnnxRuntime).Certify().Passed);
    }

    [Fact]
    public async Task A_comparison_tells_the_model_before_and_after()
    {
        var original = new ModelBuilder().Input("x", 1, 20)
            .Floats("w", [20, 4], Array.ConvertAll(Unsafe, weight => weight * 0.01f))
            .Node("MatMul", ["x", "w"], "y").Output("y", 1, 4).Build();
        var data = Samples.Random(original, 12, -3, 4).Write(_folder.File("data.npz"), fewest: 1);
        var real = _folder.Write("float.onnx", original.ToBytes());

        var report = await RepairAsync(
            Product(Unsafe, rows: 1).Build(), request => request with { Comparison = data, FloatModel = real });

        Assert.Equal((12L, 12L), (report.Before!.Samples, report.After!.Samples));
        Assert.Equal(0, report.After.Engine!.Differing);
        // where products are added in full, nothing was lost before, and the larger steps cost a little
        var gained = report.After.Outputs[0].SqnrDb - report.Before.Outputs[0].SqnrDb;
        Assert.InRange(gained, HostProcessor.Profile.Products.IsPairs16 ? 0 : -3, double.PositiveInfinity);
        Assert.InRange(report.Before.Engine!.Outputs[0].SqnrDb - report.After.Engine.Outputs[0].SqnrDb, -3, 3);
    }

    [Fact]
    public async Task Data_and_float_model_go_together()
    {
        var refusal = await Assert.ThrowsAsync<QuantException>(() =>
            RepairAsync(Product(Unsafe).Build(), request => request with { Comparison = "data.npz" }));

        Assert.Contains("--float", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_work_leaves_nothing()
    {
        var path = _folder.Write("m.onnx", Product(Unsafe).Build().ToBytes());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ModelRepairer.RepairAsync(
            new RepairRequest { Model = path }, cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal(["m.onnx"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName));
    }
}
