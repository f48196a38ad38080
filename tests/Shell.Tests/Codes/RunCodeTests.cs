using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Vectors;
using Shell.Tests.Documents;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;

namespace Shell.Tests.Codes;

/// <summary>QF08xx: runs on integers and test vectors that cannot be made.</summary>
public sealed class RunCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inputs_that_a_layer_does_not_take()
    {
        var plan = PlantedPlan.Plan(Precision.TfliteInt8);
        var loud = PlantedPlan.With(plan, bias: int.MaxValue);

        Refused(Diagnostics.InputOutOfRange, () => PlanRunner.Run(plan, Tensor(300, 16)));
        Refused(Diagnostics.InputShapeNotRun, () => PlanRunner.Run(plan, Tensor(1, 15)));
        Refused(Diagnostics.IntermediateOverflows, () =>
        {
            PlanRunner.Run(loud, Tensor(127, 16));
            PlanRunner.Run(loud, Tensor(-128, 16));
        });
    }

    [Fact]
    public void Models_that_do_not_run_on_integers_alone()
    {
        ProcessorModels.Write(_folder);
        var real = IntegerModel.Load(_folder.File("real.onnx"));
        var whole = IntegerModel.Load(_folder.File("quantized.onnx"));

        Assert.Equal("y", Refused(Diagnostics.OutputNotOnIntegers, real.RequireIntegers).Node);
        Assert.Equal("x", Refused(Diagnostics.InputNotGiven, () => whole.Run(new Dictionary<string, RealArray<float>>())).Node);
    }

    [Fact]
    public void A_node_that_does_not_fit_its_input()
    {
        var model = new ModelBuilder().Input("x", 1, 8).Input("u", 1, 8).Pair("x", "xq", 0.05f, 101).Pair("u", "uq", 0.05f, 101)
            .Node("Add", ["xq", "uq"], "a", node => node.Name = "join").Pair("a", "y", 0.1f, 101).Output("y", 1, 8).Build();
        RealArray<float> Row(int length) => new(new float[length], [1, length]);

        var fault = Refused(Diagnostics.NodeDoesNotFit, () => IntegerModel.Load(model).Run(
            new Dictionary<string, RealArray<float>> { ["x"] = Row(8), ["u"] = Row(7) }));

        Assert.Equal(("test.onnx", "join"), (fault.File, fault.Node));
    }

    [Fact]
    public void Outputs_that_have_no_place()
    {
        ProcessorModels.Write(_folder);
        var request = new ExecuteRequest
        {
            Model = _folder.File("quantized.onnx"),
            Input = _folder.File("x.npy"),
            OutputPath = _folder.File("y.npy"),
        };
        Refused(Diagnostics.TargetFolderMissing, () => ModelExecutor.ExecuteAsync(request with { TracePath = _folder.File("none") }));
        var two = new ModelBuilder().Input("x", 1, 8).Pair("x", "xq", 0.05f, 101).Node("Relu", ["xq"], "r").Pair("r", "y", 0.05f, 101)
            .Output("y", 1, 8).Output("xq", 1, 8).Build();
        var path = _folder.Write("two.onnx", two.ToBytes());
        Refused(Diagnostics.OneArrayForSeveral, () => ModelExecutor.ExecuteAsync(request with { Model = path }));
    }

    [Fact]
    public void Vectors_that_cannot_be_made()
    {
        var plan = RandomLayers.Plans(seed: 44, count: 200).First(p => p.Integers.Shape.KernelSizes.Length == 2);
        var planted = PlantedPlan.Plan(Precision.TfliteInt8);
        void Make(QuantizedLayer layer, VectorOptions options) =>
            VectorWriter.Write(_folder.File("vectors"), new NamedPlan("layer", null, layer), options, overwrite: true);

        Refused(Diagnostics.VectorsShape, () => Make(plan, new VectorOptions { InputSizes = [3] }));
        Refused(Diagnostics.VectorsTooMany, () => Make(plan, new VectorOptions { InputSizes = [1 << 30, 1 << 30] }));
        Refused(Diagnostics.ConstantNotRun, () => Make(PlantedPlan.With(planted, shift: 200), new VectorOptions()));
        Directory.CreateDirectory(_folder.File("vectors"));
        _folder.Write("vectors/notes.txt", [1]);
        Refused(Diagnostics.FolderHoldsOthers, () => Make(planted, new VectorOptions()));
    }

    [Fact]
    public void A_model_that_cannot_be_opened_by_its_name() => Refused(
        Diagnostics.FileUnreadable, () => OnnxModel.Load(_folder.File(new string('a', 300))));

    private static IntegerTensor Tensor(int value, int length) => new([1, length], [.. Enumerable.Repeat(value, length)]);
}
