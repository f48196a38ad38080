using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;

namespace Shell.Tests.Codes;

/// <summary>QF06xx and QF07xx: options that do not fit, and results that are not what was asked for.</summary>
public sealed class RequestCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Requests_of_a_quantization_that_do_not_fit()
    {
        Asked(Diagnostics.OptionValueWrong, r => r with { RequiredSqnrDb = double.NaN });
        Asked(Diagnostics.OptionValueWrong, r => r with { RequiredAgreement = 98 });
        Asked(Diagnostics.OptionsExclude, r => r with { RequiredSqnrDb = 20, Check = false });
        Assert.Equal("nobody", Asked(Diagnostics.ExcludedNodeMissing, r => r with { Exclude = ["nobody"] }).Node);
        Asked(Diagnostics.ExcludedTypeMissing, r => r with { ExcludeTypes = ["Softmax"] });
        Asked(Diagnostics.PrecisionNotInOnnx, r => r with { Precision = Precision.SimaInt32 });
        Asked(Diagnostics.ProfileNeedsSymmetric, r => r with { Precision = Precision.TfliteInt16, Profile = Profiles.Tflite });
        Asked(Diagnostics.OverwritesInput, r => r with { OutputPath = r.Model.Path, Overwrite = true });
        Asked(Diagnostics.ResultsCollide, r => r with { PlanPath = r.OutputPath });
        Asked(Diagnostics.RequirementNotMet, r => r with { RequiredSqnrDb = 300 });
    }

    [Fact]
    public void A_profile_that_does_not_run_the_precision()
    {
        var fault = Assert.Throws<QuantException>(() => Quantized.Of(
            Network(), r => r with { Precision = Precision.SimaInt8, Profile = Profiles.Tflite }));

        Assert.Equal("QF0320", fault.Code);
    }

    [Fact]
    public void A_constant_that_is_excluded()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Random("w", 2, 2, 1, 1)
            .Node("Neg", ["w"], "negative").Node("Conv", ["x", "negative"], "y").Output("y");

        Refused(Diagnostics.ExcludedNodeConstant, () => Quantized.Of(model, r => r with { Exclude = ["negative"] }));
    }

    [Fact]
    public void A_requirement_that_nothing_can_be_compared_for()
    {
        var model = new ModelBuilder().Input("x", 1, 4, 2).Random("w", 2, 3).Floats("b", [3], 0, float.NaN, 1)
            .Node("MatMul", ["x", "w"], "a").Node("Add", ["a", "b"], "y").Output("y");

        Refused(Diagnostics.RequirementNotChecked, () => Quantized.Of(model, r => r with { RequiredSqnrDb = 1 }));
        Warned(Diagnostics.NotChecked, Quantized.Of(model).Report.Warnings);
    }

    [Fact]
    public void A_block_size_that_is_not_run()
    {
        var request = new QuantizeWeightsRequest { Model = _folder.File("m.onnx"), BlockSize = 7 };

        Refused(Diagnostics.BlockSizeNotRun, () => OnnxQuantizer.QuantizeWeightsAsync(request));
    }

    [Fact]
    public void Models_that_cannot_be_compared()
    {
        var (neg, exp) = (Save("f.onnx", One("Neg", 3)), Save("e.onnx", One("Sqrt", 3)));
        Npy.Archive(_folder.File("d.npz"), ("x", Npy.Of([1f, 0, -1], 1, 3)));

        Compared(Diagnostics.InterfacesDiffer, neg, Save("other.onnx", One("Neg", 4)));
        Compared(Diagnostics.ComparisonFails, neg, exp);
        Compared(Diagnostics.OutputShapesDiffer, Save("some.onnx", NotZero(0)), Save("all.onnx", NotZero(5)));
        var texts = Save("texts.onnx", new ModelBuilder().Input("x", 1, 3)
            .Output("y", QuantFunctional.Onnx.Format.TensorProto.Types.DataType.String, 1, 3)
            .Node("Cast", ["x"], "y", node => node.SetInt("to", 8)));
        Compared(Diagnostics.OutputNotNumbers, texts, texts);
    }

    [Fact]
    public void A_plan_of_another_model()
    {
        var (model, plan) = (_folder.File("q.onnx"), _folder.File("plan.json"));
        Quantized.Of(Network(), r => r with { OutputPath = model, PlanPath = plan });
        var written = QuantFunctional.Documents.PlanFile.Read(plan).QuantizedModel;
        var other = Quantized.Of(new ModelBuilder().Input("x", 1, 8).Gemm("x", "y", 8, 3).Output("y", 1, 3)).Model;
        File.WriteAllBytes(model, other.ToBytes());

        Assert.Equal(plan, Refused(Diagnostics.PlanOfOtherModel, () => PlannedModel.Find(plan, written)).File);
    }

    private static QuantException Asked(Diagnostic cause, Func<QuantizeRequest, QuantizeRequest> with) =>
        Refused(cause, () => Quantized.Of(Network(), with));

    private void Compared(Diagnostic cause, string one, string other) =>
        Refused(cause, () => ModelComparer.CompareAsync(one, other, _folder.File("d.npz")));

    private string Save(string name, ModelBuilder model) => _folder.Write(name, model.Build().ToBytes());

    /// <summary>The places that are not 0 once a number is added: of how many, the samples alone tell.</summary>
    private static ModelBuilder NotZero(float added) => new ModelBuilder().Input("x", 1, 3).Floats("k", [], added)
        .Node("Add", ["x", "k"], "sum").Node("NonZero", ["sum"], "at").Node("Cast", ["at"], "y", node => node.SetInt("to", 1))
        .Output("y", 2, -1);

    private static ModelBuilder One(string op, long size) =>
        new ModelBuilder().Input("x", 1, size).Node(op, ["x"], "y").Output("y", 1, size);

    private static ModelBuilder Network() => new ModelBuilder().Input("x", 1, 8).Gemm("x", "y", 8, 4).Output("y", 1, 4);
}
