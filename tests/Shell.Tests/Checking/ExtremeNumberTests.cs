using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Checking;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Checking;

/// <summary>Whatever a number of a plan document is changed to, the plan is refused or certified; nothing else happens.</summary>
public sealed class ExtremeNumberTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static readonly string[] Extremes =
    [
        "0", "1", "-1", "31", "63", "64", "127", "-129", "150", "-150", "32767", "2147483647", "-2147483648",
        "1099511627776", "-1099511627776", "9223372036854775807", "-9223372036854775808", "1e-300", "-1e300", "1e300",
    ];

    public static TheoryData<string, string, bool> Plans => new()
    {
        { "reference", "tflite-int8", false },
        { "reference", "restricted-tflite-int8", false },
        { "reference", "sima-int16", true },
        { "tflite", "tflite-int8", false },
        { "tflite", "restricted-tflite-int8", false },
        { "tflite", "tflite-int16", true },
        { "tflite-int32-accumulator", "tflite-int16", true },
        { "tflite-single-rounding", "tflite-int8", false },
        { "onnxruntime", "tflite-int8", false },
        { "onnxruntime", "sima-int8", false },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Plans))]
    public void Every_number_of_a_plan_leads_to_a_refusal_or_a_certificate(string profile, string precision, bool wide)
    {
        var path = Planned(profile, precision, wide);
        var document = JsonNode.Parse(File.ReadAllText(path))!;
        var (refused, broken, passed) = (0, 0, 0);
        foreach (var place in Numbers(document).ToList())
        {
            var old = place.Get();
            foreach (var extreme in Extremes)
            {
                place.Set(JsonNode.Parse(extreme)!);
                File.WriteAllText(path, document.ToJsonString());
                try
                {
                    var layers = PlanFile.ReadLayers(path);
                    var certificate = layers.Certify();
                    Assert.Empty(CertificateChecker.Disputes(certificate, layers));
                    _ = certificate.Passed ? passed++ : broken++;
                    if (!layers.Layers[0].Certify().Violations.Any(violation => violation.IsConstantOutOfRange))
                        Execute(layers.Layers[0].Integers);
                    _ = Explainer.Explain(PlanFile.Read(path).Layers[0].Plan);
                }
                catch (QuantException refusal)
                {
                    Assert.NotEmpty(refusal.Message);
                    refused++;
                }
                catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
                {
                    Assert.Fail($"{place.Name} of {extreme}: {fault}");
                }
            }

            place.Set(old);
        }

        Assert.True(refused > 100 && broken > 100 && passed > 10, $"{refused} refused, {broken} broken, {passed} passed");
    }

    [Fact]
    public void A_dead_channel_whose_factor_is_not_1_is_a_violation()
    {
        foreach (var profile in Profiles.Named)
        {
            foreach (var shift in new[] { -150, -1, 1, 31, 150 })
            {
                var layers = PlanFile.ReadLayers(WithDeadShift(profile.Name, shift));
                var certificate = layers.Certify();
                var kinds = certificate.Layers[0].Violations.Where(violation => violation.Channel == 1);
                Assert.Contains(kinds, violation => violation.Kind is "scale-not-held" or "constant-out-of-range");
                Assert.Empty(CertificateChecker.Disputes(certificate, layers));
            }
        }
    }

    [Fact]
    public async Task Verify_tells_of_a_dead_channel_s_shift()
    {
        var outcome = await Quantfn.RunAsync("verify", WithDeadShift("reference", -150));

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("1 layer did not pass", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("channel 1: the shift is -150, outside 0 .. 31", outcome.Out, StringComparison.Ordinal);
    }

    private string WithDeadShift(string profile, int shift)
    {
        var path = Planned(profile, "tflite-int8", false);
        var document = JsonNode.Parse(File.ReadAllText(path))!;
        document["layers"]![0]!["plan"]!["shift"]![1] = shift;
        File.WriteAllText(path, document.ToJsonString());
        return path;
    }

    private sealed record NumberPlace(string Name, Func<JsonNode> Get, Action<JsonNode> Set);

    private static IEnumerable<NumberPlace> Numbers(JsonNode node) => node switch
    {
        JsonObject fields => fields.Select(field => field.Key).ToList().SelectMany(key =>
            Within(key, fields[key], value => fields[key] = value, () => fields[key]!)),
        JsonArray list => Enumerable.Range(0, list.Count).SelectMany(i =>
            Within($"[{i}]", list[i], value => list[i] = value, () => list[i]!)),
        _ => [],
    };

    private static IEnumerable<NumberPlace> Within(string name, JsonNode? node, Action<JsonNode> set, Func<JsonNode> get) =>
        node switch
        {
            JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number =>
                [new NumberPlace(name, () => get().DeepClone(), set)],
            null => [],
            _ => Numbers(node).Select(place => place with { Name = $"{name}.{place.Name}" }),
        };

    private static void Execute(IntegerLayer layer)
    {
        var (low, high) = layer.Path.IsInt8 ? (-128, 127) : (-32768, 32767);
        var sizes = layer.Shape.KernelSizes.Select(_ => 3);
        var count = layer.Shape.Inputs * layer.Shape.Groups * (int)Math.Pow(3, layer.Shape.KernelSizes.Length);
        foreach (var inputs in new[] { (low, low), (high, high), (low, high), (0, 1) })
        {
            var values = Enumerable.Range(0, count).Select(i => i % 2 == 0 ? inputs.Item1 : inputs.Item2);
            var tensor = new IntegerTensor([1, layer.Shape.Inputs * layer.Shape.Groups, .. sizes], [.. values]);
            Assert.Equal(PlanRunner.TryRun(layer, tensor, out var execution, out _), execution is not null);
        }
    }

    /// <summary>The plan of a convolution whose middle channel is dead.</summary>
    private string Planned(string profile, string precision, bool wide)
    {
        var layer = new LayerSpec
        {
            Weights = new float[] { 0.5f, -0.25f, 0.125f, 1, 0, 0, 0, 0, -1, 0.3f, 0.7f, -0.1f },
            Shape = [3, 2, 2],
            Layout = WeightLayout.OIHW,
            Bias = new[] { 0.1f, -0.2f, 0.3f },
            InputStep = wide ? 0.0001 : 0.02,
            InputZeroPoint = wide ? 0 : -3,
            InputType = wide ? ScalarType.Int16 : ScalarType.Int8,
            OutputRange = new RealRange(-1, 3),
        };
        var plan = Planner.Plan(layer, new PlanOptions
        {
            Profile = Profiles.Named.Single(named => named.Name == profile),
            Precision = Precisions(precision),
        });
        var path = _folder.File("plan.json");
        PlanFile.Write(path, new PlanDocument { Layers = [new NamedPlan("conv", null, plan)] }, overwrite: true);
        return path;
    }

    private static PrecisionRequest Precisions(string name) => PrecisionRequest.NewExactly(
        QuantFunctional.FSharp.BackendProfile.Precisions.Single(precision => precision.Name == name));
}
