using System.Text.Json.Nodes;
using Google.Protobuf;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>A plan, a certificate and the model that they were written with: whether they still belong together.</summary>
public sealed class PlanAndModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_plan_beside_an_old_model_is_refused_by_every_verb()
    {
        Quantize("model.int8.onnx", perChannel: true);
        var old = await File.ReadAllBytesAsync(_folder.File("model.int8.onnx"));
        (await Quantfn.RunAsync("verify", Plan)).Done();

        Quantize("model.int8.onnx", perChannel: false);
        (await Quantfn.RunAsync("verify", Plan, "-o", _folder.File("certificate.json"))).Done();
        _folder.Write("model.int8.onnx", old);
        string[] words = ["plan.json: quantizedModel.sha256", "model.int8.onnx", "not the model that was written with this plan", "--force"];
        foreach (var verb in new[]
                 {
                     "verify @plan.json", "explain @plan.json", "verify @plan.json --against @certificate.json",
                     "execute @plan.json --layer y --input @x.npy -o @y.npy", "vectors @plan.json -o @vectors",
                 })
        {
            (await Quantfn.RunAsync([.. verb.Split(' ').Select(word => word.Replace("@", _folder.Path + "/", StringComparison.Ordinal))]))
                .IsBadInput(words);
        }

        // what is said about a model does not make it another one, and where it is not there it says nothing
        Quantize("model.int8.onnx", perChannel: false);
        var model = OnnxModel.Load(_folder.File("model.int8.onnx"));
        model.Proto.ProducerName = "somebody";
        model.Graph.DocString = "renamed by hand";
        _folder.Write("model.int8.onnx", model.Proto.ToByteArray());
        (await Quantfn.RunAsync("verify", Plan)).Done();
        File.Delete(_folder.File("model.int8.onnx"));
        (await Quantfn.RunAsync("verify", Plan)).Done();
    }

    [Fact]
    public async Task A_certificate_of_another_model_is_disputed_first()
    {
        Quantize("model.int8.onnx", perChannel: true);
        var certificate = _folder.File("certificate.json");
        (await Quantfn.RunAsync("verify", _folder.File("model.int8.onnx"), "-o", certificate)).Done();
        Assert.Equal(64, CertificateFile.Read(certificate).ModelSha256!.Length);
        (await Quantfn.RunAsync("verify", _folder.File("model.int8.onnx"), "--against", certificate)).Done();

        // integers of layers as they were, and a node that no certificate speaks of
        var model = OnnxModel.Load(_folder.File("model.int8.onnx"));
        var last = model.Graph.Output[0].Name;
        model.Graph.Output[0].Name = "another";
        model.Graph.Node.Add(new QuantFunctional.Onnx.Format.NodeProto { OpType = "Neg", Input = { last }, Output = { "another" } });
        _folder.Write("model.int8.onnx", model.ToBytes());
        var outcome = await Quantfn.RunAsync("verify", _folder.File("model.int8.onnx"), "--against", certificate);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("the first of them: it was made of another model: the SHA-256", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("make the certificate again", outcome.Error, StringComparison.Ordinal);

        // a certificate of an older version says nothing of it
        var root = JsonNode.Parse(await File.ReadAllTextAsync(certificate))!;
        Assert.True(root.AsObject().Remove("modelSha256"));
        await File.WriteAllTextAsync(certificate, root.ToJsonString());
        (await Quantfn.RunAsync("verify", _folder.File("model.int8.onnx"), "--against", certificate)).Done();
    }

    [Fact]
    public async Task The_model_is_found_in_another_folder_and_plans_of_older_versions_are_read()
    {
        Directory.CreateDirectory(_folder.File("out"));
        Quantize(Path.Combine("out", "model.onnx"), perChannel: true);
        var written = PlanFile.Read(Plan).QuantizedModel!;
        Assert.Equal("out/model.onnx", written.File);
        Assert.Equal(_folder.File("out", "model.onnx"), PlannedModel.Find(Plan, written));
        Assert.Null(PlannedModel.Find(Plan, written with { File = "none.onnx" }));
        Assert.Contains("is not the model", Check.Refusal(() =>
            PlannedModel.Find(Plan, written with { Sha256 = new string('0', 64) })), StringComparison.Ordinal);

        var root = JsonNode.Parse(await File.ReadAllTextAsync(Plan))!;
        Assert.True(root.AsObject().Remove("quantizedModel"));
        await File.WriteAllTextAsync(Plan, root.ToJsonString());
        Assert.Null(PlanFile.Read(Plan).QuantizedModel);
        Assert.Null(PlanFile.ReadLayers(Plan).QuantizedModel);
    }

    [Theory]
    [InlineData("file", "\"\"", "is not a path")]
    [InlineData("file", "\"/model.onnx\"", "is not a path")]
    [InlineData("file", "\"a\\u0000b\"", "is not a path")]
    [InlineData("sha256", "\"12\"", "64 hexadecimal digits")]
    [InlineData("sha256", "null", "is null")]
    public void What_names_no_model_is_refused_by_its_field(string field, string value, string words)
    {
        Quantize("model.int8.onnx", perChannel: true);
        var root = JsonNode.Parse(File.ReadAllText(Plan))!;
        root["quantizedModel"]![field] = JsonNode.Parse(value);
        File.WriteAllText(Plan, root.ToJsonString());
        foreach (var read in new Action[] { () => PlanFile.Read(Plan), () => PlanFile.ReadLayers(Plan) })
        {
            var message = Check.Refusal(read);
            Assert.Contains($"quantizedModel.{field}", message, StringComparison.Ordinal);
            Assert.Contains(words, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Weights_alone_are_planned_with_their_model_too()
    {
        var original = new ModelBuilder().Input("x", 1, 64).Random("w", 64, 8).Node("MatMul", ["x", "w"], "y").Output("y").Build();
        await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = _folder.Write("model.onnx", original.ToBytes()),
            PlanPath = Plan,
        });
        Assert.Equal("model.w8.onnx", PlanFile.Read(Plan).QuantizedModel!.File);
        Assert.Equal(_folder.File("model.w8.onnx"), PlannedModel.Find(Plan, PlanFile.Read(Plan).QuantizedModel));
    }

    private string Plan => _folder.File("plan.json");

    private void Quantize(string output, bool perChannel)
    {
        var original = new ModelBuilder().Input("x", 1, 2, 8, 8).Conv("x", "y", 2, 4).Output("y").Build();
        OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = _folder.Write("model.onnx", original.ToBytes()),
            Calibration = Samples.Random(original, 6, -1, 1).Write(_folder.File("samples.npz")),
            OutputPath = _folder.File(output),
            PlanPath = Plan,
            Overwrite = true,
            PerChannel = perChannel,
        }).GetAwaiter().GetResult();
    }
}
