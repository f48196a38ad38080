using System.Text.Json.Nodes;
using NJsonSchema;
using QuantFunctional.Documents;
using QuantFunctional.Documents.Json;
using QuantFunctional.Onnx;
using QuantFunctional.Vectors;
using Shell.Tests.Support;
using Xunit;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Documents;

/// <summary>The committed JSON Schemas say what the reader reads, and what the writer writes.</summary>
public sealed class SchemaTests
{
    private static readonly string Folder = Path.Combine(Shared.Repository, "docs", "schema");

    private static readonly string PlanSchema = Path.Combine(Folder, "quantfunctional-plan.schema.json");

    private static readonly string ProfileSchema = Path.Combine(Folder, "quantfunctional-profile.schema.json");

    private static readonly string CertificateSchema = Path.Combine(Folder, "quantfunctional-certificate.schema.json");

    private static readonly string VectorsSchema = Path.Combine(Folder, "quantfunctional-vectors.schema.json");

    private static readonly string RecipeSchema = Path.Combine(Folder, "quantfunctional-recipe.schema.json");

    private static readonly string StatisticsSchema = Path.Combine(Folder, "quantfunctional-statistics.schema.json");

    [Fact]
    public void The_committed_schemas_have_the_fields_that_the_reader_looks_for()
    {
        Same(PlanSchema, SchemaOf.Text<PlanJson>("A plan of integer layers by QuantFunctional"));
        Same(ProfileSchema, SchemaOf.Text<ProfileFileJson>("A target's profile for QuantFunctional"));
        Same(VectorsSchema, SchemaOf.Text<VectorManifest>("Test vectors of an integer layer by QuantFunctional"));
        Same(StatisticsSchema, SchemaOf.Text<StatisticsJson>("What calibration samples showed of a float model, by QuantFunctional"));
        Same(RecipeSchema, SchemaOf.Text<RecipeJson>("Every choice of a quantization by QuantFunctional"));
        Same(CertificateSchema, SchemaOf.Text<CertificateReport>("What QuantFunctional proved of integer layers"));
    }

    [Fact]
    public async Task P15_every_document_that_is_written_keeps_to_the_schema()
    {
        var schema = await Load(PlanSchema);
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        foreach (var plan in RandomLayers.Plans(seed: 7, count: 100))
        {
            var document = new PlanDocument { Model = "m.onnx", Layers = [new NamedPlan("layer", "Conv", plan)] };
            PlanFile.Write(path, document, overwrite: true, weightsInline: plan.Integers.Path.IsInt8);
            Assert.Empty(schema.Validate(await File.ReadAllTextAsync(path)));
        }
    }

    [Fact]
    public async Task Every_manifest_of_vectors_keeps_to_the_schema()
    {
        var schema = await Load(VectorsSchema);
        using var folder = new TemporaryFolder();
        foreach (var (plan, i) in RandomLayers.Plans(seed: 3, count: 20).Select((plan, i) => (plan, i)))
        {
            var path = folder.File($"{i}");
            VectorWriter.Write(path, new NamedPlan("layer", null, plan), new VectorOptions { RandomCount = 1 });
            Assert.Empty(schema.Validate(await File.ReadAllTextAsync(Path.Combine(path, "manifest.json"))));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 40)]
    public async Task Every_file_of_statistics_keeps_to_the_schema(int index, int count)
    {
        var schema = await Load(StatisticsSchema);
        using var network = new SampledNetwork(samples: 20);
        network.Observed(new DataShard(index, count)).Save(network.Folder.File("s.json"));
        Assert.Empty(schema.Validate(await File.ReadAllTextAsync(network.Folder.File("s.json"))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_recipe_keeps_to_the_schema(bool withBiases)
    {
        var schema = await Load(RecipeSchema);
        using var network = new SampledNetwork(samples: 20);
        var path = network.Folder.File("r.json");
        network.Quantized(r => r with
        {
            RecipePath = path,
            Precision = withBiases ? QuantFunctional.Precision.TfliteInt16 : QuantFunctional.Precision.TfliteInt8,
            Preset = QuantizationPreset.Fast,
            Exclude = ["d"],
        });
        Assert.Empty(schema.Validate(await File.ReadAllTextAsync(path)));
    }

    [Fact]
    public async Task P15_every_profile_keeps_to_the_schema()
    {
        var schema = await Load(ProfileSchema);
        using var folder = new TemporaryFolder();
        var path = folder.File("profile.json");
        foreach (var profile in Fs.BackendProfile.named.Append(RandomLayers.Narrow))
        {
            ProfileFile.Write(path, profile, overwrite: true);
            Assert.Empty(schema.Validate(await File.ReadAllTextAsync(path)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("layers.0")]
    [InlineData("layers.0.plan")]
    [InlineData("layers.0.plan.input")]
    [InlineData("layers.0.integers.weights")]
    [InlineData("layers.0.attempts.0")]
    [InlineData("profiles.0")]
    [InlineData("profiles.0.accumulator.unitShift")]
    public async Task Schema_and_reader_agree_that_every_field_is_needed_and_no_other_is_known(string place)
    {
        var schema = await Load(PlanSchema);
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        var plan = RandomLayers.Plans(seed: 7, count: 1).Single();
        PlanFile.Write(path, new PlanDocument { Layers = [new NamedPlan("layer", null, plan)] });
        var text = await File.ReadAllTextAsync(path);
        var fields = At(JsonNode.Parse(text)!, place).Select(field => field.Key).ToList();
        foreach (var field in fields.Append("surprise"))
        {
            var root = JsonNode.Parse(text)!;
            if (!At(root, place).Remove(field))
                At(root, place)[field] = 1;
            await File.WriteAllTextAsync(path, root.ToJsonString());
            var read = Record.Exception(() => PlanFile.Read(path)) is null;
            Assert.True(
                read == (schema.Validate(root.ToJsonString()).Count == 0), $"{place}.{field}: the reader says {read}");
        }
    }

    private static JsonObject At(JsonNode root, string place) =>
        place.Split('.', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(root, (node, step) => int.TryParse(step, out var index) ? node[index]! : node[step]!)
            .AsObject();

    // this validator follows references into `definitions` alone, as `$defs` was called before
    private static async Task<JsonSchema> Load(string file) => await JsonSchema.FromJsonAsync(
        (await File.ReadAllTextAsync(file)).Replace("$defs", "definitions", StringComparison.Ordinal));

    // with UPDATE_SCHEMA=1 the files are written anew
    private static void Same(string file, string expected)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_SCHEMA") == "1")
            File.WriteAllText(file, expected);
        Assert.Equal(expected, File.ReadAllText(file));
    }
}
