using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Documents;

/// <summary>What a plan document must not say, each refused with file, field and remedy.</summary>
public sealed class PlanRefusalTests
{
    private const string Layer = "layers[0]";

    // four channels in two groups, one of which needed a second attempt: everything that a document can hold
    private static readonly QuantizedLayer Plan = RandomLayers.Plans(seed: 3, count: 400).First(plan =>
        plan.Request is { PerChannel: true, BiasCorrection.IsFromMeanInput: true }
        && plan.Integers.Shape.Channels == 4
        && plan.Trace.Attempts.Length > 1
        && !plan.Warnings.IsEmpty
        && !plan.Plan.IsDead(1));

    public static TheoryData<string, string> UnknownAndMissing { get; } = new()
    {
        { "", "layers" }, { "layers[0]", "observed" }, { "layers[0].plan", "shift" }, { "layers[0].plan.input", "stepSize" },
        { "layers[0].integers.weights", "sizes" }, { "layers[0].request.biasCorrection", "kind" },
        { "layers[0].attempts[0].retry.overflows[0]", "bits" }, { "profiles[0].accumulator", "rounding" },
    };

    public static TheoryData<string, string, string[]> Wrong { get; } = new()
    {
        { "format", "\"quantfunctional-model-plan\"", ["older version", "make the plan again"] },
        { "format", "\"something\"", ["`something`", "quantfunctional-plan"] },
        { "format", "null", ["missing"] },
        { "version", "1", ["is 1, 2 is read", "make the file again"] },
        { "version", "\"1\"", ["\"1\""] },
        { "model", "null", ["leave the field out"] },
        { "model", "7", ["is 7, a text is needed"] },
        { "layers", "{}", ["is an object, a list is needed"] },
        { $"{Layer}.name", "[]", ["is a list, a text is needed"] },
        { $"{Layer}.precision", "\"int9\"", ["`int9` is no precision", "tflite-int8"] },
        { $"{Layer}.path", "\"int64\"", ["is no activation path", "int15"] },
        { $"{Layer}.activation", "\"tanh\"", ["linear, relu"] },
        { $"{Layer}.request.profile", "\"other\"", ["none of the document's profiles"] },
        { $"{Layer}.request.perChannel", "1", ["true or false"] },
        { $"{Layer}.request.biasCorrection.kind", "\"magic\"", ["off, from-mean-input, from-mean-output"] },
        { $"{Layer}.request.biasCorrection.means", "[1]", ["has 1 entries"] },
        { $"{Layer}.geometry.strides", "[0, 0]", ["geometry", "stride"] },
        { $"{Layer}.geometry.pads", "[0]", ["pads"] },
        { $"{Layer}.observed.low", "1e300", ["observed", "1E+300"] },
        { $"{Layer}.observed.high", "1e999", ["a number that a double holds"] },
        { $"{Layer}.plan.multiplier", "[1, 1]", ["has 2 entries, 4 are needed"] },
        { $"{Layer}.plan.multiplier[1]", "5", ["requantizationScale[1]", "5*2^"] },
        { $"{Layer}.plan.multiplier[1]", "1.5", ["whole number of 32 bits"] },
        { $"{Layer}.plan.shift[1]", "99", ["requantizationScale[1]"] },
        { $"{Layer}.plan.weightScale[1]", "1", ["plan", "entry 1"] },
        { $"{Layer}.plan.biasScale[1]", "1", ["biasScale", "Sa*Sw"] },
        { $"{Layer}.plan.intrinsicShift[1]", "3", ["plan"] },
        { $"{Layer}.plan.input.scale", "3", ["reciprocal"] },
        { $"{Layer}.plan.input.stepSize", "-1", ["plan.input", "step size"] },
        { $"{Layer}.plan.output.zeroPoint", "100000", ["plan.output", "does not lie in"] },
        { $"{Layer}.plan.output.type", "\"float32\"", ["plan.output", "signed integer"] },
        { $"{Layer}.integers.rounding", "\"never\"", ["integers.rounding", "the profile's"] },
        { $"{Layer}.integers.accumulatorBits", "31", ["the profile's"] },
        { $"{Layer}.integers.outputOffset", "55555", ["precision and zero point give"] },
        { $"{Layer}.integers.outputRange.low", "-9999999999", ["integers.outputRange", "is -9999999999 to"] },
        { $"{Layer}.integers.bias", "[1]", ["has 1 entries for 4"] },
        { $"{Layer}.integers.bias[2]", "140737488355328", ["beyond an accumulator of"] },
        { $"{Layer}.integers.weights.layout", "\"NCHW\"", ["OIHW, OHWI"] },
        { $"{Layer}.integers.weights.sizes", "[2147483647, 2147483647, 2147483647]", ["weights", "at most"] },
        { $"{Layer}.integers.weights.groups", "3", ["weights", "groups"] },
        { $"{Layer}.integers.weights.values[7]", "128", ["values[7]", "-128 to 127"] },
        { $"{Layer}.integers.weights.values", "[1, 2]", ["has 2 entries"] },
        { $"{Layer}.realBias", "[]", ["has 0 entries for 4"] },
        { $"{Layer}.attempts", "[]", ["attempts", "is empty"] },
        { $"{Layer}.attempts[0].outcome", "\"planned\"", ["retried"] },
        { $"{Layer}.attempts[0].bitsGivenUp[0]", "9", ["bitsGivenUp", "0 to 8"] },
        { $"{Layer}.attempts[0].bitsGivenUp", "[0]", ["has 1 entries, 4 are needed"] },
        { $"{Layer}.attempts[0].largestWeight[0]", "80.0001", ["largestWeight", "64 to 127"] },
        { $"{Layer}.attempts[0].largestWeight", "[127]", ["has 1 entries, 4 are needed"] },
        { $"{Layer}.attempts[0].retry.cause", "\"bad luck\"", ["cause of a retry", "product-overflow"] },
        { $"{Layer}.attempts[0].retry.overflows[0].channel", "4", ["the channels are 0 to 3"] },
        { "profiles[0].name", "\"\"", ["profiles[0]", "it needs a name"] },
        { "profiles[0].accumulator.bits", "64", ["profiles[0]", "accumulator.bits"] },
        { "profiles[0].accumulator.unitShift.lowest", "40", ["profiles[0]", "accumulator.unitShift"] },
        { "profiles[0].paths[0]", "\"int9\"", ["profiles[0].paths[0]", "int15"] },
        { "profiles[0].multiplier.form", "\"double\"", ["integer, single24"] },
    };

    [Theory]
    [MemberData(nameof(UnknownAndMissing))]
    public void P15_a_field_that_is_not_known_or_lacks_is_refused_by_name(string place, string field)
    {
        var unknown = Refused(root => At(root, place).AsObject()["surprise"] = 1);
        Assert.Contains($"{Dot(place)}surprise: is not a field of this format", unknown, StringComparison.Ordinal);

        var missing = Refused(root => At(root, place).AsObject().Remove(field));
        Assert.Contains($"{Dot(place)}{field}: is missing", missing, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void P15_what_no_plan_can_be_is_refused_by_its_field(string place, string json, string[] words)
    {
        var message = Refused(root => Set(root, place, json));
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
        Assert.Contains(place.Split('.')[0].Split('[')[0], message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_that_is_cut_off_or_no_JSON_or_no_file_is_refused_with_the_place()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        PlanFile.Write(path, new PlanDocument { Layers = [new NamedPlan("layer", null, Plan)] });
        var whole = File.ReadAllText(path);
        foreach (var length in new[] { 0, 1, whole.Length / 3, whole.Length - 3 })
        {
            File.WriteAllText(path, whole[..length]);
            var message = Check.Refusal(() => PlanFile.Read(path));
            Assert.Contains("not JSON that can be read (line ", message, StringComparison.Ordinal);
        }

        File.WriteAllText(path, whole.Replace("\"version\": 2,", "\"version\": 2, \"version\": 2,", StringComparison.Ordinal));
        Assert.Contains("plan.json: not JSON", Check.Refusal(() => PlanFile.Read(path)), StringComparison.Ordinal);
        File.WriteAllText(path, "[]");
        Assert.Contains("must be an object", Check.Refusal(() => PlanFile.Read(path)), StringComparison.Ordinal);
        Assert.Contains("no such file", Check.Refusal(() => PlanFile.Read(folder.File("none.json"))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_that_contradicts_itself_is_not_written()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        var other = RandomLayers.Plans(seed: 4, count: 1).Single();
        var crossed = new QuantizedLayer(
            Plan.Request, Plan.Precision, Plan.Observed, Plan.Activation, Plan.Plan, Plan.RealBias, other.Integers, Plan.Trace);
        Check.Refusal(() => PlanFile.Write(path, new PlanDocument { Layers = [new NamedPlan("layer", null, crossed)] }));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static string Refused(Action<JsonNode> change)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        PlanFile.Write(path, new PlanDocument { Model = "m.onnx", Layers = [new NamedPlan("layer", null, Plan)] });
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        change(root);
        File.WriteAllText(path, root.ToJsonString());
        var message = Check.Refusal(() => PlanFile.Read(path));
        Assert.StartsWith($"{path}: ", message, StringComparison.Ordinal);
        return message;
    }

    private static string Dot(string place) => place.Length == 0 ? "" : place + ".";

    private static JsonNode At(JsonNode root, string place) => Steps(place).Aggregate(root, (node, step) =>
        int.TryParse(step, out var index) ? node[index]! : node[step]!);

    private static void Set(JsonNode root, string place, string json)
    {
        var steps = Steps(place);
        var parent = steps[..^1].Aggregate(root, (node, step) => int.TryParse(step, out var i) ? node[i]! : node[step]!);
        if (int.TryParse(steps[^1], out var index))
            parent[index] = JsonNode.Parse(json);
        else
            parent[steps[^1]] = JsonNode.Parse(json);
    }

    private static string[] Steps(string place) =>
        place.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
}
