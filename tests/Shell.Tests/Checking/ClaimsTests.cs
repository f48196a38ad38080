using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Checking;
using QuantFunctional.Documents;
using Shell.Tests.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Checking;

/// <summary>What a plan document claims is held to its integers, and both checks say the same of it.</summary>
public sealed class ClaimsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void P06_every_document_of_a_plan_holds_what_it_claims()
    {
        var path = _folder.File("plan.json");
        foreach (var plan in RandomLayers.Plans(seed: 51, count: 300))
        {
            var document = new PlanDocument { Layers = [new NamedPlan("layer", null, plan)] };
            PlanFile.Write(path, document, overwrite: true);
            var layers = PlanFile.ReadLayers(path);
            Assert.Equal(plan.Integers, Assert.Single(layers.Layers).Integers);
            var certificate = layers.Certify();
            Assert.True(certificate.Passed, string.Join("; ", certificate.Layers[0].Violations.Select(v => v.Message)));
            Assert.Empty(CertificateChecker.Disputes(certificate, layers));
        }
    }

    public static TheoryData<string, string, string> Faults => new()
    {
        { "plan.multiplier.0", "1379800401000", "!multiplier" },
        { "plan.multiplier.0", "1379800000", "scale-not-held" },
        { "plan.multiplier.0", "0", "constant-out-of-range" },
        { "plan.multiplier.0", "-1379800400", "constant-out-of-range" },
        { "plan.multiplier.0", "1379800401", "scale-not-held" },
        { "plan.multiplier.0", "1379800399", "scale-not-held" },
        { "plan.multiplier.0", "1379800700", "scale-not-held" },
        { "plan.shift.0", "39", "scale-not-held" },
        { "plan.shift.0", "3", "overflow" },
        { "plan.shift.0", "70", "constant-out-of-range" },
        { "plan.intrinsicShift.0", "5", "constant-out-of-range" },
        { "plan.weightScale.0", "17", "scale-not-held" },
        { "plan.weightScale.0", "0", "!weightScale[0]: is 0, but channel 0 has weights" },
        { "plan.weightScale.0", "-127", "!weightScale[0]: is -127, a scale is not below 0" },
        { "plan.biasScale.0", "17", "bias-step-not-held" },
        { "plan.requantizationScale.0", "0.25", "scale-not-held" },
        { "plan.input.zeroPoint", "200", "!plan.input: the zero point 200 does not lie in int8" },
        { "plan.output.zeroPoint", "7", "offset-not-held" },
        { "integers.outputOffset", "7", "offset-not-held" },
        { "integers.outputOffset", "300", "constant-out-of-range" },
        { "integers.outputRange.low", "-300", "constant-out-of-range" },
        { "integers.outputRange.high", "300", "constant-out-of-range" },
        { "integers.outputRange.high", "-129", "constant-out-of-range" },
        { "integers.outputRange.low", "0", "clamp-not-held" },
        { "integers.outputRange.low", "-127", "clamp-not-held" },
        { "integers.outputRange.high", "126", "clamp-not-held" },
        { "activation", "\"relu\"", "clamp-not-held" },
        { "integers.bias.0", "4321", "bias-not-held" },
        { "integers.bias.0", "2147483647", "overflow" },
        { "integers.bias.0", "-2147483648", "overflow" },
        { "integers.bias.0", "1099511627776", "constant-out-of-range" },
        { "integers.weights.values.0", "200", "!values[0]: is 200" },
        { "integers.rounding", "\"once-ties-up\"", "!integers.rounding: is not `twice-gemmlowp`, the profile's" },
        { "integers.accumulatorBits", "48", "!accumulatorBits: is not 32" },
        { "realBias.0", "3", "bias-not-held" },
        { "realBias", "[]", "!realBias: has 0 entries for 2 output channels" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_planted_fault_is_a_violation_of_its_kind_or_names_its_field(string place, string value, string kind)
    {
        var path = Planned(Profiles.Tflite);
        Plant(path, place, value);
        if (kind.StartsWith('!'))
        {
            var refusal = Assert.Throws<QuantException>(() => PlanFile.ReadLayers(path));
            Assert.Equal(FaultKind.BadInput, refusal.Kind);
            Assert.Contains(kind[1..], refusal.Message, StringComparison.Ordinal);
            return;
        }

        var layers = PlanFile.ReadLayers(path);
        var certificate = layers.Certify();
        Assert.Contains(certificate.Layers[0].Violations, violation => violation.Kind == kind);
        Assert.False(certificate.Passed);
        Assert.Empty(CertificateChecker.Disputes(certificate, layers));
        Assert.All(
            certificate.Layers[0].Violations.Where(violation => violation.Kind == "overflow"),
            violation => Assert.True(IsReached(layers.Layers[0].Integers, violation), violation.Message));
    }

    [Fact]
    public void Zero_points_that_travel_in_the_bias_are_held_to_it()
    {
        foreach (var place in new[] { "plan.input.zeroPoint", "plan.output.zeroPoint" })
        {
            var path = Planned(Profiles.Reference, Precision.RestrictedTfliteInt8);
            Assert.True(PlanFile.ReadLayers(path).Certify().Passed);
            Plant(path, place, "9");
            var layers = PlanFile.ReadLayers(path);
            var certificate = layers.Certify();
            Assert.Equal("bias-not-held", certificate.Layers[0].Violations[0].Kind);
            Assert.Empty(CertificateChecker.Disputes(certificate, layers));
        }
    }

    [Fact]
    public async Task Verify_tells_a_planted_fault_of_a_plan_as_a_violation()
    {
        var path = Planned(Profiles.Tflite);
        Plant(path, "integers.bias.0", "4321");
        var outcome = await Quantfn.RunAsync("verify", path, "--json");
        Assert.Equal(1, outcome.ExitCode);
        var violation = JsonNode.Parse(outcome.Out)!["layers"]![0]!["violations"]![0]!;
        Assert.Equal("bias-not-held", (string?)violation["kind"]);
        Assert.Equal(0, (int)violation["channel"]!);
        Assert.Contains("layer did not pass", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plan.shift.0", "3", "product and bias shifted left")]
    [InlineData("integers.bias.1", "2147483647", "channel 1: product and bias is")]
    public async Task Execute_reproduces_the_overflow_of_the_witness_that_verify_tells(string place, string value, string told)
    {
        var path = Planned(Profiles.Tflite);
        Plant(path, place, value);
        var outcome = await Quantfn.RunAsync("verify", path, "--json");
        var violations = JsonNode.Parse(outcome.Out)!["layers"]![0]!["violations"]!.AsArray();
        var violation = violations.First(v => (string?)v!["kind"] == "overflow")!;
        var witness = violation["witness"]!.AsArray().Select(stored => (sbyte)(int)stored!).ToArray();

        var run = await Quantfn.RunAsync(
            "execute", path, "--input", _folder.Write("x.npy", Npy.Of(witness, 1, 3)), "-o", _folder.File("y.npy"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
        Assert.Contains($" {violation["value"]} at output", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("y.npy")));
    }

    [Fact]
    public async Task Execute_runs_no_constant_that_no_target_runs()
    {
        var path = Planned(Profiles.Tflite);
        Plant(path, "plan.multiplier.0", "0");
        var run = await Quantfn.RunAsync(
            "execute", path, "--input", _folder.Write("x.npy", Npy.Of(new sbyte[3], 1, 3)), "-o", _folder.File("y.npy"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("layer fc, channel 0: the multiplier is 0, outside 1", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Whether the executor meets the overflow on the witness, whatever channel it meets it in first.</summary>
    private static bool IsReached(IntegerLayer layer, ViolationReport violation)
    {
        var input = new IntegerTensor([1, layer.Shape.Inputs], [.. violation.Witness!]);
        return !PlanRunner.TryRun(layer, input, out _, out var fault) && fault is ExecutionFault.Overflow;
    }

    private string Planned(BackendProfile profile, Precision? precision = null)
    {
        var layer = LayerSpec.Product([0.5f, -0.25f, 0.125f, 1, -1, 0.3f], 3, 0.02, -3, new RealRange(-1, 3)) with
        {
            Bias = new[] { 0.1f, -0.2f },
        };
        var plan = Planner.Plan(
            layer, new PlanOptions { Profile = profile, Precision = precision ?? Precision.TfliteInt8 });
        var path = _folder.File("plan.json");
        PlanFile.Write(path, new PlanDocument { Layers = [new NamedPlan("fc", null, plan)] }, overwrite: true);
        return path;
    }

    private static void Plant(string path, string place, string value)
    {
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        var steps = place.Split('.');
        var parent = steps[..^1].Aggregate(
            root["layers"]![0]!, (node, step) => int.TryParse(step, out var index) ? node[index]! : node[step]!);
        if (parent is JsonArray list)
            list[int.Parse(steps[^1])] = JsonNode.Parse(value);
        else
            parent[steps[^1]] = JsonNode.Parse(value);
        File.WriteAllText(path, root.ToJsonString());
    }
}
