using Google.Protobuf;
using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Folders as ONNX Runtime GenAI runs them: the result is one, too, whole or not at all.</summary>
public sealed class FolderTests : IDisposable
{
    private const string Config = """{ "model": { "decoder": { "filename": "model.onnx" } } }""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_result_is_a_folder_with_the_model_under_its_name_and_all_other_files()
    {
        var input = Made();
        var before = Content(input);

        var report = await Quantize(r => r with { PlanPath = _folder.File("plan.json") });

        Assert.Equal(before, Content(input));
        Assert.Equal(_folder.File("in.w8"), report.OutputPath);
        Assert.Equal(["genai_config.json", "sub/more.txt", "tokenizer.json"], report.CopiedFiles);
        var after = Content(_folder.File("in.w8"));
        Assert.Equal(["genai_config.json", "model.onnx", "model.onnx.data", "sub/more.txt", "tokenizer.json"], after.Keys);
        Assert.All(report.CopiedFiles, file => Assert.Equal(before[file], after[file]));
        Assert.Equal(report.BytesAfter, new FileInfo(_folder.File("in.w8", "model.onnx")).Length + new FileInfo(_folder.File("in.w8", "model.onnx.data")).Length);
        Assert.Equal(["in", "in.w8", "plan.json", "plan.npz"], Entries());
        // the plan names the model where it is in the end, and knows it
        Assert.Equal("in.w8/model.onnx", PlanFile.Read(_folder.File("plan.json")).QuantizedModel!.File);
        Assert.Equal(2, OnnxModel.Load(report.QuantizedModel).Graph.Node.Count(node => node.OpType == "MatMul"));
        Assert.InRange(report.WeightOnlyLayers.Sum(layer => layer.Bytes) + report.Embeddings.Sum(embedding => embedding.Bytes), 1, report.BytesAfter);
    }

    [Fact]
    public async Task A_model_in_a_folder_within_stays_there_and_its_float_weights_are_not_copied()
    {
        var input = Made(name: "inner/decoder.onnx");
        var model = OnnxModel.Load(Path.Combine(input, "inner/decoder.onnx"));
        var table = model.Graph.Initializer.Single(tensor => tensor.Name == "table");
        File.WriteAllBytes(Path.Combine(input, "inner/table.bin"), table.RawData.ToByteArray());
        table.ClearRawData();
        table.DataLocation = TensorProto.Types.DataLocation.External;
        table.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "table.bin" });
        File.WriteAllBytes(Path.Combine(input, "inner/decoder.onnx"), model.Proto.ToByteArray());

        var report = await Quantize(r => r with { Type = WeightType.Int4 });

        Assert.Equal(
            ["genai_config.json", "inner/decoder.onnx", "inner/decoder.onnx.data", "sub/more.txt", "tokenizer.json"],
            Content(_folder.File("in.w4")).Keys);
        Assert.Equal("int8", Assert.Single(report.Embeddings).Weights);
    }

    [Theory]
    [InlineData("table.bin")]
    [InlineData("model.onnx.data")]
    public async Task Data_that_another_model_of_the_folder_reads_too_is_copied_with_it_or_refused(string data)
    {
        var input = Made();
        var model = OnnxModel.Load(Path.Combine(input, "model.onnx"));
        var table = model.Graph.Initializer.Single(tensor => tensor.Name == "table");
        File.WriteAllBytes(Path.Combine(input, data), table.RawData.ToByteArray());
        File.WriteAllBytes(Path.Combine(input, "sub", "no model.onnx"), [1, 2, 3]);
        table.ClearRawData();
        table.DataLocation = TensorProto.Types.DataLocation.External;
        table.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = data });
        File.WriteAllBytes(Path.Combine(input, "model.onnx"), model.Proto.ToByteArray());
        File.WriteAllBytes(Path.Combine(input, "other.onnx"), model.Proto.ToByteArray());

        if (data == "model.onnx.data")
        {
            var refusal = await Refused(r => r);
            Assert.Same(Diagnostics.ResultsCollide, refusal.Diagnostic);
            Assert.Contains("other.onnx reads its weights from it, too", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(["in"], Entries());
            return;
        }

        var report = await Quantize(r => r);

        Assert.Equal(["genai_config.json", "other.onnx", "sub/more.txt", "sub/no model.onnx", "table.bin", "tokenizer.json"], report.CopiedFiles);
        var other = OnnxModel.Load(_folder.File("in.w8", "other.onnx")).Graph.Initializer.Single(tensor => tensor.Name == "table");
        Assert.Equal(OnnxModel.Load(Path.Combine(input, "other.onnx")).Graph.Initializer.Single(tensor => tensor.Name == "table").RawData, other.RawData);
    }

    [Fact]
    public async Task Nothing_is_replaced_unasked_and_only_a_folder_of_a_model_is()
    {
        Made();
        var first = (await Quantize(r => r)).OutputPath!;
        File.WriteAllText(Path.Combine(first, "old.txt"), "old");

        Assert.Same(Diagnostics.FileExists, (await Refused(r => r)).Diagnostic);
        Assert.True(File.Exists(Path.Combine(first, "old.txt")));
        await Quantize(r => r with { Overwrite = true });
        Assert.False(File.Exists(Path.Combine(first, "old.txt")));

        Directory.CreateDirectory(_folder.File("other"));
        File.WriteAllText(_folder.File("other", "mine.txt"), "mine");
        Assert.Same(Diagnostics.FolderHoldsOthers, (await Refused(r => r with { OutputPath = _folder.File("other"), Overwrite = true })).Diagnostic);
        Assert.Equal(["mine.txt"], Content(_folder.File("other")).Keys);
        Assert.Equal(["in", "in.w8", "other"], Entries());
    }

    [Theory]
    [InlineData("in")]
    [InlineData("in/out")]
    [InlineData(".")]
    public async Task An_output_in_or_around_the_input_is_refused(string output)
    {
        var before = Content(Made());

        var refusal = await Refused(r => r with { OutputPath = _folder.File(output.Split('/')), Overwrite = true });

        Assert.Same(Diagnostics.OverwritesInput, refusal.Diagnostic);
        Assert.Equal(before, Content(_folder.File("in")));
    }

    [Theory]
    [InlineData("{}", "model:")]
    [InlineData("""{ "model": { "decoder": [] } }""", "model.decoder:")]
    [InlineData("""{ "model": { "decoder": { "pipeline": [] } } }""", "model.decoder.pipeline:")]
    [InlineData("""{ "model": { "decoder": { } } }""", "model.decoder.filename:")]
    [InlineData("""{ "model": { "decoder": { "filename": 3 } } }""", "model.decoder.filename:")]
    [InlineData("""{ "model": { "decoder": { "filename": "../model.onnx" } } }""", "'../model.onnx' is no file inside")]
    [InlineData("""{ "model": { "decoder": { "filename": "/model.onnx" } } }""", "'/model.onnx' is no file inside")]
    [InlineData("{ \"model\":\n", "not JSON from line 2 on")]
    [InlineData(null, "no genai_config.json")]
    public async Task A_folder_that_is_not_understood_is_refused(string? config, string told)
    {
        Made(config: config);

        var refusal = await Refused(r => r);

        Assert.Same(Diagnostics.FolderNotUnderstood, refusal.Diagnostic);
        Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["in"], Entries());
    }

    [Fact]
    public async Task What_fails_or_is_stopped_leaves_what_was_there()
    {
        var input = Made();
        await Quantize(r => r);
        var before = Content(_folder.File("in.w8"));

        File.WriteAllText(Path.Combine(input, "model.onnx.data"), "of another model");
        Assert.Same(Diagnostics.ResultsCollide, (await Refused(r => r with { Overwrite = true })).Diagnostic);
        Assert.Same(Diagnostics.ResultsCollide, (await Refused(r => r with { Overwrite = true, PlanPath = _folder.File("in.w8", "plan.json") })).Diagnostic);
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OnnxQuantizer.QuantizeWeightsAsync(
            new QuantizeWeightsRequest { Model = input, Overwrite = true }, cancellationToken: stopped.Token));

        Assert.Equal(before, Content(_folder.File("in.w8")));
        Assert.Equal(["in", "in.w8"], Entries());
    }

    [Fact]
    public async Task The_command_line_takes_folders_and_tells_what_became_of_all()
    {
        var input = Made();

        var text = (await Quantfn.RunAsync("quantize", input, "--weight-only", "int4", "-o", _folder.File("out"))).Done();

        Assert.Contains($"Written    {_folder.File("out")}", text, StringComparison.Ordinal);
        Assert.Contains("Copied     3 files unchanged: genai_config.json, sub/more.txt, tokenizer.json", text, StringComparison.Ordinal);
        Assert.Contains("Embedding  rows of tokens: int8 in blocks of 32, 70 rows of 48", text, StringComparison.Ordinal);
        Assert.Contains("file (%)", text, StringComparison.Ordinal);
        var json = (await Quantfn.RunAsync("quantize", input, "--weight-only", "int4", "--embedding", "float", "--json")).Json();
        Assert.Equal(_folder.File("in.w4"), json.GetProperty("outputPath").GetString());
        Assert.Equal("float", json.GetProperty("embeddings")[0].GetProperty("weights").GetString());
        (await Quantfn.RunAsync("quantize", input)).IsBadInput("--weight-only", "[QF0104]");
        (await Quantfn.RunAsync("quantize", input, "--weight-only", "int4", "--embedding", "int3")).IsBadInput("--embedding", "int8, int4, float");
    }

    private string Made(string name = "model.onnx", string? config = Config)
    {
        var input = _folder.File("in");
        var model = Path.Combine(input, name);
        Directory.CreateDirectory(Path.GetDirectoryName(model)!);
        Directory.CreateDirectory(Path.Combine(input, "sub"));
        File.WriteAllBytes(model, TokenModels.Apart(21).Build().ToBytes());
        File.WriteAllText(Path.Combine(input, "tokenizer.json"), "{ }");
        File.WriteAllText(Path.Combine(input, "sub", "more.txt"), "more");
        if (config is not null)
            File.WriteAllText(Path.Combine(input, "genai_config.json"), config.Replace("model.onnx\" }", name + "\" }", StringComparison.Ordinal));
        return input;
    }

    private Task<QuantizationReport> Quantize(Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with) =>
        OnnxQuantizer.QuantizeWeightsAsync(with(new QuantizeWeightsRequest { Model = _folder.File("in") }));

    private Task<QuantException> Refused(Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with) =>
        Assert.ThrowsAsync<QuantException>(() => Quantize(with));

    private string[] Entries() => [.. Directory.EnumerateFileSystemEntries(_folder.Path).Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];

    private static SortedDictionary<string, string> Content(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(folder, file).Replace('\\', '/'), file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file))),
        StringComparer.Ordinal);
}
