using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;

namespace Shell.Tests.Codes;

/// <summary>QF024x: recipes that do not fit the model, or are none, are refused by file and place.</summary>
public sealed class RecipeCodeTests : IDisposable
{
    private static readonly Lazy<(string Json, byte[] Arrays)> Made = new(() =>
    {
        using var network = new SampledNetwork(12);
        var path = network.Folder.File("r.json");
        network.Quantized(r => r with { RecipePath = path, Precision = Precision.TfliteInt16 });
        return (File.ReadAllText(path), File.ReadAllBytes(network.Folder.File("r.npz")));
    });

    private readonly SampledNetwork _network = new(samples: 12);

    public void Dispose() => _network.Dispose();

    [Fact]
    public void The_recipe_of_another_model()
    {
        var other = new ModelBuilder().Input("x", 1, 3, 6, 6).Conv("x", "y", 3, 4).Output("y").Build();
        using var foreign = new SampledNetwork(12, model: other);

        Refused(Diagnostics.RecipeOfOtherModel, () => foreign.Quantized(r => r with { Calibration = null, Recipe = Recipe() }));
    }

    [Fact]
    public void Arrays_that_are_not_its_own()
    {
        Recipe();
        var arrays = _network.Folder.File("r.npz");
        File.WriteAllBytes(arrays, [.. Made.Value.Arrays, 0]);
        Assert.Equal(arrays, Refused(Diagnostics.RecipeArraysDiffer, () => QuantizationRecipe.Load(_network.Folder.File("r.json"))).File);
        File.Delete(arrays);
        Refused(Diagnostics.FileMissing, () => QuantizationRecipe.Load(_network.Folder.File("r.json")));
        Refused(Diagnostics.ArraysElsewhere, () => Recipe(root => root["arrays"]!["file"] = "../r.npz"));
        Refused(Diagnostics.ArrayMissing, () => Recipe(root => root["biases"]![0]!["array"] = "bias9"));
        Refused(Diagnostics.ArrayMissing, () => Recipe(root => Set(root, "roundings", "+", """{"output": "a", "array": "rounding9"}""")));
        Refused(Diagnostics.RecipeArraysDiffer, () => Recipe(root => Set(root, "roundings", "+", """{"output": "a", "array": "bias0"}""")));
        Refused(Diagnostics.FieldMissing, () => Recipe(root => root.AsObject().Remove("arrays")));
    }

    [Theory]
    [InlineData("tensors", "0.name", "\u0001", "is no tensor of the model")]
    [InlineData("rows", "0.tensor", "\u0001", "the model has no tensor")]
    [InlineData("ranges", "0.tensor", "\u0001", "is no tensor of the model")]
    [InlineData("biases", "0.output", "\u0001", "no layer of integers")]
    [InlineData("apart", "+", """{"node": "~none", "reason": "why not"}""", "no node `~none`")]
    [InlineData("leftInFloat", "+", """{"node": "~none", "reason": "why not"}""", "no node `~none`")]
    [InlineData("raisedJoins", "+", """{"output": "c", "bits": [1]}""", "no Concat `c`")]
    [InlineData("raisedJoins", "+", """{"output": "c", "bits": [0, 17]}""", "no Concat `c`")]
    [InlineData("channelFactors", "+", """{"output": "a", "bits": [0, 9, 0, 0]}""", "channels `a`")]
    [InlineData("channelFactors", "+", """{"output": "a", "bits": [1, 0]}""", "channels `a`")]
    [InlineData("channelFactors", "+", """{"output": "g", "bits": [1, 0, 0, 0, 0, 0]}""", "channels `g`")]
    [InlineData("channelOrders", "+", """{"output": "a", "order": [0, 1, 2, 2]}""", "channels `a`")]
    [InlineData("channelOrders", "+", """{"output": "a", "order": [1, 0]}""", "channels `a`")]
    [InlineData("channelOrders", "+", """{"output": "g", "order": [1, 0, 2, 3, 4, 5]}""", "channels `g`")]
    public void Places_that_the_model_does_not_have(string list, string at, string value, string told)
    {
        var recipe = Recipe(root => Set(root, list, at, value));
        Assert.Contains(told, Refused(
            Diagnostics.RecipeNotOfModel, () => _network.Quantized(r => r with { Calibration = null, Recipe = recipe })).Message);
    }

    [Fact]
    public void A_tensor_that_is_missing() => Assert.Contains("is missing", Refused(Diagnostics.RecipeNotOfModel, () => _network.Quantized(
        r => r with { Calibration = null, Recipe = Recipe(root => root["tensors"]!.AsArray().RemoveAt(2)) })).Message);

    [Fact]
    public void A_layer_that_cannot_be_planned_so() => Refused(Diagnostics.RecipeNotFollowed, () => _network.Quantized(
        r => r with { Calibration = null, Recipe = Recipe(root => Range(root, "x").AsObject()["high"] = (double)float.MaxValue) }));

    [Fact]
    public void Another_result_is_warned_of()
    {
        var recipe = Recipe(root => Range(root, "x").AsObject()["high"] = 3.5);
        var report = _network.Quantized(r => r with { Calibration = null, Recipe = recipe }).Report;
        Assert.Contains(recipe.Tool, Warned(Diagnostics.RecipeGivesOther, report.Warnings).Message);
    }

    [Theory]
    [InlineData("tensors", "0.min", "1e30")]
    [InlineData("tensors", "0.max", "0.1")]
    [InlineData("ranges", "0.low", "1e300")]
    [InlineData("model", "sha256", "\"12\"")]
    [InlineData("data", "samples", "0")]
    [InlineData("leftInFloat", "+", """{"node": "a", "reason": ""}, {"node": "a", "reason": ""}""")]
    public void Numbers_and_names_that_no_recipe_has(string list, string at, string value) =>
        Refused(Diagnostics.PlanContradicts, () => Recipe(root => Set(root, list, at, value)));

    [Fact]
    public void Options_that_it_decides()
    {
        var recipe = Recipe();
        string Of(Func<QuantizeRequest, QuantizeRequest> with) => Refused(
            Diagnostics.RecipeDecides, () => _network.Quantized(r => with(r) with { Recipe = recipe })).Message.Split(' ')[0];

        Assert.Equal("--statistics", Of(r => r with { Statistics = _network.Observed() }));
        Assert.Equal("--save-recipe", Of(r => r with { RecipePath = _network.Folder.File("s.json") }));
        Assert.Equal("--precision", Of(r => r with { Precision = Precision.SimaInt8 }));
        Assert.Equal("--profile", Of(r => r with { Profile = Profiles.Reference }));
        Assert.Equal("--preset", Of(r => r with { Preset = QuantizationPreset.Best }));
        Assert.Equal("--ranges", Of(r => r with { Ranges = RangeMethod.MinMax }));
        Assert.Equal("--round-each-operator", Of(r => r with { RoundChains = false }));
        Assert.Equal("--per-tensor", Of(r => r with { PerChannel = false }));
        Assert.Equal("--symmetric-activations", Of(r => r with { SymmetricActivations = true }));
        Assert.Equal("--keep-transposed", Of(r => r with { KeepTransposed = true }));
        Assert.Equal("--for", Of(r => r with { For = TargetEngine.OpenCV }));
        Assert.Equal("--exclude", Of(r => r with { Exclude = ["a"] }));
        Assert.Equal("--exclude-type", Of(r => r with { ExcludeTypes = ["Conv"] }));
        Assert.Equal("--max-drop", Of(r => r with { Target = new QuantizationTarget(TargetKind.Drop, 1) }));
    }

    [Fact]
    public void Files_that_are_none_or_are_in_the_way()
    {
        var path = _network.Folder.File("r.json");
        Refused(Diagnostics.OtherVersion, () => Recipe(root => root["version"] = 2));
        Refused(Diagnostics.UnknownField, () => Recipe(root => root["surprise"] = 2));
        Refused(Diagnostics.FieldValueUnknown, () => Recipe(root => root["options"]!["precision"] = "int7"));
        Refused(Diagnostics.OptionNeedsAnother, () => _network.Quantized(r => r with { Calibration = null, Recipe = Recipe(), RequiredSqnrDb = 10 }));
        Refused(Diagnostics.FileExists, () => _network.Quantized(r => r with { RecipePath = path }));
        Refused(Diagnostics.OverwritesInput, () => _network.Quantized(r => r with { RecipePath = _network.Data, Overwrite = true }));
        Refused(Diagnostics.OverwritesInput, () => _network.Quantized(
            r => r with { Calibration = null, Recipe = Recipe(), PlanPath = _network.Folder.File("r.json"), Overwrite = true }));
        Refused(Diagnostics.ResultsCollide, () => _network.Quantized(r => r with { RecipePath = Path.ChangeExtension(r.PlanPath, "json") }));
        Refused(Diagnostics.ResultsCollide, () => _network.Quantized(r => r with { RecipePath = Path.ChangeExtension(r.PlanPath, null) }));
        using (var large = File.Create(path))
            large.SetLength((1L << 28) + 1);
        Refused(Diagnostics.RecipeTooLarge, () => QuantizationRecipe.Load(path));
    }

    private QuantizationRecipe Recipe(Action<JsonNode>? edit = null)
    {
        var root = JsonNode.Parse(Made.Value.Json)!;
        edit?.Invoke(root);
        File.WriteAllText(_network.Folder.File("r.json"), root.ToJsonString());
        File.WriteAllBytes(_network.Folder.File("r.npz"), Made.Value.Arrays);
        return QuantizationRecipe.Load(_network.Folder.File("r.json"));
    }

    private static JsonNode Range(JsonNode root, string tensor) =>
        root["ranges"]!.AsArray().Single(range => range!["tensor"]!.GetValue<string>() == tensor)!;

    private static void Set(JsonNode root, string list, string at, string value)
    {
        if (at == "+")
        {
            foreach (var entry in JsonNode.Parse($"[{value}]")!.AsArray())
                root[list]!.AsArray().Add(entry!.DeepClone());
            return;
        }

        var steps = at.Split('.');
        var node = steps.Length == 1 ? root[list]! : root[list]![int.Parse(steps[0])]!;
        // a control character is no JSON by itself
        node[steps[^1]] = value[0] < ' ' ? JsonValue.Create(value) : JsonNode.Parse(value);
    }
}
