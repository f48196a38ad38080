using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Codes;

/// <summary>QF04xx: what is wrong with a model has its code, and names the file and the node.</summary>
public sealed class ModelCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_that_are_no_models()
    {
        Refused(Diagnostics.FileMissing, () => OnnxModel.Load(_folder.File("none.onnx")));
        Refused(Diagnostics.NotAFile, () => OnnxModel.Load(_folder.Path));
        Refused(Diagnostics.NotOnnx, () => OnnxModel.Load(_folder.Write("empty.onnx", [])));
        var text = _folder.Write("text.onnx", [.. "this is no model"u8]);
        Assert.Equal(text, Refused(Diagnostics.NotOnnx, () => OnnxModel.Load(text)).File);
    }

    [Fact]
    public void A_tensor_that_is_damaged()
    {
        var model = Network().Build();
        model.Graph.Initializer[0].Dims[0] = 1000;
        var path = _folder.Write("m.onnx", model.ToBytes());

        Assert.Equal(model.Graph.Initializer[0].Name, Refused(Diagnostics.TensorDamaged, () => OnnxModel.Load(path)).Node);
    }

    [Fact]
    public void External_data_that_is_not_as_described()
    {
        _folder.Write("weights.bin", new byte[8]);

        Refused(Diagnostics.ExternalDataWrong, () => OnnxModel.Load(External("")));
        Refused(Diagnostics.ExternalDataWrong, () => OnnxModel.Load(External("weights.bin", ("length", "4"))));
        Refused(Diagnostics.ExternalDataTruncated, () => OnnxModel.Load(External("weights.bin", ("offset", "4"))));
        Refused(Diagnostics.ExternalDataElsewhere, () => OnnxModel.Load(External("../weights.bin")));
        File.CreateSymbolicLink(_folder.File("loop.bin"), _folder.File("loop.bin"));
        Refused(Diagnostics.LinkLeadsNowhere, () => OnnxModel.Load(External("loop.bin")));
    }

    [Fact]
    public void Opsets_that_are_not_taken()
    {
        Refused(Diagnostics.OpsetNotSupported, () => ModelPreparation.Prepare(new ModelBuilder(opset: 6).Input("x", 1, 4)
            .Node("Relu", ["x"], "y").Output("y").Build()));
        var mixed = new ModelBuilder(10).Input("x", 1, 1, 4, 4).Floats("scales", [4], 1, 1, 2, 0.5f)
            .Node("Resize", ["x", "scales"], "y").Output("y", 1, 1, 8, 2).Build();
        Refused(Diagnostics.OpsetNotRaised, () => ModelPreparation.Prepare(mixed));
    }

    [Fact]
    public void Models_with_nothing_to_do()
    {
        var quantized = Quantized.Of(Network()).Model;
        Refused(Diagnostics.QuantizedAlready, () => ModelPreparation.Prepare(quantized));
        Refused(Diagnostics.FloatModel, () => IntegerModel.Load(Network().Build()));
        Refused(Diagnostics.NothingToQuantize, () => Quantized.Of(
            new ModelBuilder().Input("x", 1, 4).Node("Relu", ["x"], "y").Output("y", 1, 4)));
    }

    [Fact]
    public void Models_that_ONNX_Runtime_does_not_take()
    {
        var model = new ModelBuilder().Input("x", 1, 4).Node("NoSuchOperator", ["x"], "y").Output("y", 1, 4).Build();
        Refused(Diagnostics.RefusedByOnnxRuntime, () => OrtSessions.OpenUnoptimized(model).Dispose());
        var narrow = new ModelBuilder(opset: 21, ir: 10).Input("x", DataType.Int4, 1, 4).Node("Identity", ["x"], "y")
            .Output("y", DataType.Int4, 1, 4).Build();
        Assert.Equal("x", Refused(Diagnostics.TypeNotPassed, () => OrtSessions.OpenUnoptimized(narrow).Dispose()).Node);
    }

    [Fact]
    public void Constants_that_cannot_be_computed()
    {
        var model = new ModelBuilder().Input("x", 1, 4).Floats("a", [2], 1, 2).Longs("at", 9)
            .Node("Gather", ["a", "at"], "b").Node("Add", ["x", "b"], "y").Output("y", 1, 4).Build();

        Refused(Diagnostics.ConstantsNotComputed, () => ModelPreparation.Prepare(model));
    }

    [Fact]
    public void A_layer_for_which_no_plan_is_found()
    {
        var usual = Profiles.OnnxRuntime;
        var farShifts = new Accumulator(32, new ShiftRange(40, 46), new ShiftRange(40, 46), RequantizationRounding.OnceTiesUp);
        var profile = new BackendProfile(
            "far-shifts", usual.Paths, usual.Precisions, MultiplierForm.NewInteger(15), farShifts, farShifts, usual.InputZeroPoint,
            usual.OutputZeroPoint, usual.Steps, usual.Relu, usual.MixedIntrinsicShift, usual.Products, usual.BetweenLayers);

        Refused(Diagnostics.NothingPlanned, () => Quantized.Of(Network(), r => r with { Profile = profile }));
    }

    private string External(string location, params (string Key, string Value)[] more)
    {
        var tensor = new TensorProto
        {
            Name = "k",
            Dims = { 2 },
            DataType = (int)DataType.Float,
            DataLocation = TensorProto.Types.DataLocation.External,
        };
        foreach (var (key, value) in more.Prepend(("location", location)))
            tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        return _folder.Write("external.onnx", new ModelBuilder().Input("x", 2).Initializer(tensor)
            .Node("Add", ["x", "k"], "y").Output("y", 2).Build().ToBytes());
    }

    private static ModelBuilder Network() => new ModelBuilder().Input("x", 1, 8).Gemm("x", "y", 8, 4).Output("y", 1, 4);
}
