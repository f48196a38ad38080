using System.Text.Json.Nodes;
using NJsonSchema;
using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Documents;

/// <summary>Certificates as files: what is written is what the schema says, and what is read again.</summary>
public sealed class CertificateFileTests
{
    private static readonly string Schema =
        Path.Combine(Shared.Repository, "docs", "schema", "quantfunctional-certificate.schema.json");

    [Fact]
    public async Task P15_a_certificate_read_and_written_again_has_the_same_bytes_and_keeps_to_the_schema()
    {
        // this validator follows references into `definitions` alone, as `$defs` was called before
        var schema = await JsonSchema.FromJsonAsync(
            (await File.ReadAllTextAsync(Schema)).Replace("$defs", "definitions", StringComparison.Ordinal));
        using var folder = new TemporaryFolder();
        var (path, again) = (folder.File("a.json"), folder.File("b.json"));
        foreach (var plan in RandomLayers.Plans(seed: 23, count: 60).Concat(Broken()))
        {
            var document = new PlanDocument { Model = "m.onnx", Layers = [new NamedPlan("layer", "Conv", plan)] };
            CertificateFile.Write(path, document.Certify(), overwrite: true);
            CertificateFile.Write(again, CertificateFile.Read(path), overwrite: true);
            Assert.Equal(await File.ReadAllBytesAsync(path), await File.ReadAllBytesAsync(again));
            Assert.Empty(schema.Validate(await File.ReadAllTextAsync(path)));
        }
    }

    [Fact]
    public void The_kinds_are_part_of_the_format_and_do_not_change()
    {
        Assert.Equal(
            ["constant-out-of-range", "overflow", "scale-not-held", "bias-step-not-held", "bias-not-held", "offset-not-held", "clamp-not-held", "pair-overflow"],
            Names.CasesOf<Violation>());
        Assert.Equal(["saturation", "narrow-accumulator"], Names.CasesOf<Notice>());
        Assert.Equal(
            ["high-half", "low-half", "product", "product-and-bias", "shifted-left", "multiplied", "requantized"],
            Names.CasesOf<Intermediate>());
    }

    [Fact]
    public void Numbers_beyond_what_a_double_holds_are_texts()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("certificate.json");
        var plan = RandomLayers.Plans(seed: 24, count: 200)
            .First(p => p.Integers.Rounding.IsOnceTiesUp && p.Integers.Multiplier.Values.All(m => m > 1 << 29));
        CertificateFile.Write(path, new PlanDocument { Layers = [new NamedPlan("layer", null, plan)] }.Certify());

        var bounds = JsonNode.Parse(File.ReadAllText(path))!["layers"]![0]!["bounds"]!.AsArray();
        var multiplied = bounds.Single(bound => (string)bound!["intermediate"]! == "multiplied")!;
        var values = multiplied["largest"]!.AsArray().Select(value => value!.GetValueKind()).ToList();

        Assert.Contains(System.Text.Json.JsonValueKind.String, values);
        var read = CertificateFile.Read(path).Layers[0].Bounds.Single(bound => bound.Intermediate == "multiplied");
        Assert.Equal(plan.Certify().Bounds.Where(b => b.Intermediate.IsMultiplied).Select(b => b.Largest), read.Largest);
    }

    [Theory]
    [InlineData("format", "\"quantfunctional-plan\"", "`quantfunctional-certificate` is needed")]
    [InlineData("version", "1", "version: is 1, 2 is read")]
    [InlineData("surprise", "1", "surprise: is not a field of this format")]
    [InlineData("passed", "1", "passed: is 1, true or false is needed")]
    [InlineData("layers", "[{}]", "layers[0].name: is missing")]
    public void A_file_that_is_no_certificate_is_refused_by_its_field(string field, string value, string words)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("certificate.json");
        var plan = RandomLayers.Plans(seed: 25, count: 1).Single();
        CertificateFile.Write(path, new PlanDocument { Layers = [new NamedPlan("layer", null, plan)] }.Certify());
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        root[field] = JsonNode.Parse(value);
        File.WriteAllText(path, root.ToJsonString());

        Assert.Contains(words, Check.Refusal(() => CertificateFile.Read(path)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"12x\"")]
    [InlineData("1.5")]
    [InlineData("true")]
    public void A_number_that_is_none_is_refused(string value)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("certificate.json");
        var plan = RandomLayers.Plans(seed: 25, count: 1).Single();
        CertificateFile.Write(path, new PlanDocument { Layers = [new NamedPlan("layer", null, plan)] }.Certify());
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        root["layers"]![0]!["bounds"]![0]!["smallest"]![0] = JsonNode.Parse(value);
        File.WriteAllText(path, root.ToJsonString());

        Assert.Contains(
            "a whole number, or a text of its digits", Check.Refusal(() => CertificateFile.Read(path)), StringComparison.Ordinal);
    }

    /// <summary>Layers that break something of every kind that a plan can break.</summary>
    private static IEnumerable<QuantizedLayer> Broken()
    {
        var plan = PlantedPlan.Plan(Precision.TfliteInt8);
        yield return PlantedPlan.With(plan, bias: int.MaxValue);
        yield return PlantedPlan.With(plan, bias: 1L << 40);
        yield return PlantedPlan.With(plan, shift: 30);
        yield return PlantedPlan.OnPairs();
    }
}
