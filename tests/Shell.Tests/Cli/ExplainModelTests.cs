using Google.Protobuf;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn explain MODEL.onnx`: the plan that belongs to a model, found by what is in it.</summary>
public sealed class ExplainModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_plan_is_found_whatever_the_files_are_called()
    {
        var (first, second) = (Quantize("one", perChannel: true), Quantize("two", perChannel: false));
        File.Move(first, _folder.File("renamed.onnx"));
        _folder.Write("settings.json", "{}"u8.ToArray());
        _folder.Write("broken.json", "{"u8.ToArray());

        var text = (await Quantfn.RunAsync("explain", _folder.File("renamed.onnx"))).Done();
        var plan = (await Quantfn.RunAsync("explain", _folder.File("one.json"))).Done();

        Assert.Equal($"The plan of {_folder.File("renamed.onnx")} is {_folder.File("one.json")}.\n\n{plan}", text);
        Assert.Equal(
            (await Quantfn.RunAsync("explain", _folder.File("two.json"), "--json")).Done(),
            (await Quantfn.RunAsync("explain", second, "--json")).Done());

        // another model lies where the plan says that its own is
        File.Copy(second, first);
        Assert.Equal(text, (await Quantfn.RunAsync("explain", _folder.File("renamed.onnx"))).Done());
    }

    [Fact]
    public async Task Without_one_the_message_says_who_wrote_the_model_and_whose_plans_are_there()
    {
        var (_, second) = (Quantize("one", perChannel: true), Quantize("two", perChannel: false));
        File.Delete(_folder.File("two.json"));
        var own = typeof(PlannedModel).Assembly.GetName().Version!.ToString(3);

        (await Quantfn.RunAsync("explain", second)).IsBadInput(
            "two.onnx: no plan in its folder belongs to this model", $"written by QuantFunctional {own}", "--plan",
            $"plans of other models: {_folder.File("one.json")} (of one.onnx)");

        var foreign = OnnxModel.Load(second);
        (foreign.Proto.ProducerName, foreign.Proto.ProducerVersion) = ("onnx.quantize", "0.1.0");
        _folder.Write("foreign.onnx", foreign.Proto.ToByteArray());
        (await Quantfn.RunAsync("explain", _folder.File("foreign.onnx"))).IsBadInput(
            "It was written by onnx.quantize 0.1.0, and only QuantFunctional writes plans", "quantfn verify");

        (foreign.Proto.ProducerName, foreign.Proto.ProducerVersion) = ("", "");
        File.Delete(_folder.File("one.json"));
        _folder.Write("foreign.onnx", foreign.Proto.ToByteArray());
        var outcome = await Quantfn.RunAsync("explain", _folder.File("foreign.onnx"));
        outcome.IsBadInput("It does not say what wrote it");
        Assert.DoesNotContain("other models", outcome.Error, StringComparison.Ordinal);
    }

    private string Quantize(string name, bool perChannel)
    {
        var original = new ModelBuilder().Input("x", 1, 2, 8, 8).Conv("x", "y", 2, 4).Output("y").Build();
        OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = _folder.Write("model.onnx", original.ToBytes()),
            Calibration = Samples.Random(original, 6, -1, 1).Write(_folder.File("samples.npz")),
            OutputPath = _folder.File($"{name}.onnx"),
            PlanPath = _folder.File($"{name}.json"),
            Overwrite = true,
            PerChannel = perChannel,
        }).GetAwaiter().GetResult();
        return _folder.File($"{name}.onnx");
    }
}
