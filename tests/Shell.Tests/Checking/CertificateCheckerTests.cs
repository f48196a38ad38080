using System.Text.Json;
using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Checking;
using QuantFunctional.Documents;
using Shell.Tests.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Checking;

/// <summary>Certificates are confirmed by code of its own, and nothing in them can be changed without being found out.</summary>
public sealed partial class CertificateCheckerTests
{
    // for people, and said to be so
    private static readonly string[] NotRead = ["message"];

    [Theory]
    [InlineData(null)]
    [InlineData("onnxruntime")]
    [InlineData("onnxruntime-x64-avx2")]
    public void P08_every_certificate_is_confirmed_by_other_arithmetic(string? profile)
    {
        var withPairs = 0;
        foreach (var plan in RandomLayers.Plans(seed: 31, count: 300).Concat(Broken()))
        {
            var document = new PlanDocument { Layers = [new NamedPlan("layer", "Conv", plan)] };
            var layers = CheckedLayers.Of(document);
            if (Profiles.Named.FirstOrDefault(named => named.Name == profile) is { } target)
            {
                if (layers.StrangerTo(target) is not null)
                    continue;
                layers = layers.On(target);
            }

            var certificate = layers.Certify();
            withPairs += certificate.Layers[0].Violations.Count(violation => violation.Kind == "pair-overflow");
            Assert.Empty(CertificateChecker.Disputes(certificate, layers));
        }

        Assert.True(profile is null || withPairs > 0, "no pair saturates");
    }

    [Fact]
    public void Every_field_of_a_certificate_that_is_changed_is_disputed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("certificate.json");
        var kinds = new HashSet<string>();
        foreach (var plan in RandomLayers.Plans(seed: 32, count: 12).Concat(Broken()))
        {
            var document = new PlanDocument { Model = "m.onnx", Layers = [new NamedPlan("layer", "Conv", plan)] };
            CertificateFile.Write(path, document.Certify(), overwrite: true);
            var text = File.ReadAllText(path);
            var fields = Leaves(JsonNode.Parse(text)!, "").ToList();
            foreach (var field in fields.Where(f => !NotRead.Contains(f.Split('.')[^1])))
            {
                var root = JsonNode.Parse(text)!;
                kinds.Add(string.Join('.', field.Split('.').Where(step => !int.TryParse(step, out _))));
                Change(root, field);
                File.WriteAllText(path, root.ToJsonString());
                Assert.True(IsRefused(path, document), $"{field} can be changed:\n{text}");
            }
        }

        Assert.Superset(
            new HashSet<string>
            {
                "layers.errorBounds", "layers.bounds.smallest", "layers.violations.witness", "layers.violations.held",
                "layers.notices.value", "layers.notices.bits.bias", "layers.integersSha256", "layers.profile",
                "layers.products", "model",
            },
            kinds);
    }

    [Fact]
    public void Every_claim_that_is_taken_out_or_made_up_is_found()
    {
        var plan = PlantedPlan.With(PlantedPlan.Plan(Precision.TfliteInt8), bias: int.MaxValue);
        var document = new PlanDocument { Layers = [new NamedPlan("layer", null, plan)] };
        var layer = document.Certify().Layers[0];
        Assert.NotEmpty(layer.Violations[0].Witness!);
        var sound = new PlanDocument { Layers = [new NamedPlan("layer", null, PlantedPlan.Plan(Precision.TfliteInt8))] }
            .Certify().Layers[0];
        Assert.NotEmpty(sound.Notices);
        LayerCertificateReport[] less =
        [
            layer with { Violations = [layer.Violations[0] with { Witness = new int[16] }, .. layer.Violations.Skip(1)] },
            layer with { Violations = [], Passed = true },
            layer with { Notices = sound.Notices },
            layer with { Bounds = [.. layer.Bounds.Skip(1)] },
            layer with { Name = "another" },
        ];

        foreach (var changed in less)
        {
            var certificate = document.Certify() with { Layers = [changed], Passed = changed.Passed };
            Assert.NotEmpty(CertificateChecker.Disputes(certificate, CheckedLayers.Of(document)));
        }

        var none = document.Certify() with { Layers = [], Passed = true };
        Assert.Equal(["layer"], CertificateChecker.NotCovered(none, CheckedLayers.Of(document)));
    }

    [Fact]
    public void Every_integer_of_a_plan_that_is_changed_is_another_plan_s()
    {
        using var folder = new TemporaryFolder();
        var path = PlantedPlan.Write(folder, "conv1");
        var certificate = PlanFile.Read(path).Certify();
        var text = File.ReadAllText(path);
        string[] places =
        [
            .. Enumerable.Range(0, PlantedPlan.Channels).Select(i => $"layers.0.integers.bias.{i}"),
            .. Enumerable.Range(0, PlantedPlan.Channels * 16).Select(i => $"layers.0.integers.weights.values.{i}"),
            .. Enumerable.Range(0, PlantedPlan.Channels).Select(i => $"layers.0.plan.multiplier.{i}"),
            .. Enumerable.Range(0, PlantedPlan.Channels).Select(i => $"layers.0.plan.shift.{i}"),
            "layers.0.plan.input.zeroPoint", "layers.0.plan.output.zeroPoint", "layers.0.integers.outputOffset",
            "layers.0.integers.outputRange.low", "layers.0.integers.outputRange.high",
        ];
        Assert.Empty(CertificateChecker.Disputes(certificate, CheckedLayers.Of(PlanFile.Read(path))));
        foreach (var place in places)
        {
            var root = JsonNode.Parse(text)!;
            Change(root, place);
            File.WriteAllText(path, root.ToJsonString());
            try
            {
                Assert.NotEmpty(CertificateChecker.Disputes(certificate, CheckedLayers.Of(PlanFile.Read(path))));
            }
            catch (QuantException fault)
            {
                Assert.Equal(FaultKind.BadInput, fault.Kind); // the plan contradicts itself
            }
        }
    }

    [Fact]
    public async Task The_command_line_says_which_claim_is_not_true()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1", "fc1");
        var certificate = folder.File("certificate.json");
        (await Quantfn.RunAsync("verify", plan, "--layer", "fc1", "-o", certificate)).Done();

        var confirmed = (await Quantfn.RunAsync("verify", plan, "--against", certificate)).Done();
        var root = JsonNode.Parse(await File.ReadAllTextAsync(certificate))!;
        Change(root, "layers.0.bounds.0.largest.3");
        await File.WriteAllTextAsync(certificate, root.ToJsonString());
        var disputed = await Quantfn.RunAsync("verify", plan, "--against", certificate, "--json");

        Assert.Contains("every claim is true of 1 layer", confirmed, StringComparison.Ordinal);
        Assert.Contains("conv1: the certificate says nothing of it", confirmed, StringComparison.Ordinal);
        Assert.Equal(1, disputed.ExitCode);
        Assert.Contains("fc1: an interval is", disputed.Error, StringComparison.Ordinal);
        var json = JsonDocument.Parse(disputed.Out).RootElement;
        Assert.False(json.GetProperty("confirmed").GetBoolean());
        (await Quantfn.RunAsync("verify", plan, "--against", plan)).IsBadInput("plan.json", "name an ONNX file");
        (await Quantfn.RunAsync("verify", plan, "--against", certificate, "--layer", "fc1")).IsBadInput("--layer");
    }

    private static bool IsRefused(string path, PlanDocument document)
    {
        try
        {
            return CertificateChecker.Disputes(CertificateFile.Read(path), CheckedLayers.Of(document)).Count > 0;
        }
        catch (QuantException fault)
        {
            return fault.Kind == FaultKind.BadInput;
        }
    }

    private static IEnumerable<string> Leaves(JsonNode node, string place) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Leaves(field.Value!, $"{place}.{field.Key}")),
        JsonArray entries => entries.SelectMany((entry, i) => Leaves(entry!, $"{place}.{i}")),
        _ => [place.TrimStart('.')],
    };

    /// <summary>Makes a value the next one: a number larger, a truth false, a text longer.</summary>
    private static void Change(JsonNode root, string place)
    {
        var steps = place.Split('.');
        var parent = steps[..^1].Aggregate(
            root, (node, step) => int.TryParse(step, out var index) ? node[index]! : node[step]!);
        var leaf = parent is JsonArray entries ? entries[int.Parse(steps[^1])]! : parent[steps[^1]]!;
        JsonNode changed = leaf.GetValueKind() switch
        {
            _ when place.Contains(".witness.", StringComparison.Ordinal) => 40000, // a weight of 0 takes any other input
            JsonValueKind.True => false,
            JsonValueKind.False => true,
            JsonValueKind.String when (string)leaf! is var text => text.All(c => char.IsAsciiDigit(c) || c == '-')
                ? text[..^1] + (text[^1] == '9' ? '8' : '9')
                : text + "x",
            _ when leaf.ToJsonString() is var number && !number.Contains('.') && !number.Contains('E') =>
                JsonNode.Parse((long.Parse(number) == 127 ? 126 : long.Parse(number) + 1).ToString())!,
            _ => leaf.GetValue<double>() * 1.001,
        };
        if (parent is JsonArray list)
            list[int.Parse(steps[^1])] = changed;
        else
            parent[steps[^1]] = changed;
    }

    private static IEnumerable<QuantizedLayer> Broken()
    {
        foreach (var precision in new[] { Precision.TfliteInt8, Precision.SimaInt8, Precision.SimaInt16 })
        {
            var plan = PlantedPlan.Plan(precision);
            yield return PlantedPlan.With(plan, bias: int.MaxValue);
            yield return PlantedPlan.With(plan, bias: int.MinValue);
            yield return PlantedPlan.With(plan, bias: 1L << 40);
            yield return PlantedPlan.With(plan, shift: 30);
            yield return PlantedPlan.With(plan, shift: 70);
        }

        yield return PlantedPlan.OnPairs();
    }
}
