using System.Collections.Immutable;
using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;
using Shell.Tests.Support;
using Shell.Tests.Targets;
using Xunit;

namespace Shell.Tests.Recipes;

/// <summary>Of a recipe the same model and plan are made again, byte for byte and without data.</summary>
public sealed class RecipeTests
{
    [Theory]
    [InlineData("as usual")]
    [InlineData("16 bits")]
    [InlineData("least squares")]
    [InlineData("nothing measured")]
    [InlineData("statistics alone")]
    [InlineData("all options")]
    public void The_same_bytes_come_out_without_data(string how)
    {
        using var network = new SampledNetwork(40);
        var recipe = Same(network, r => how switch
        {
            "16 bits" => r with { Precision = Precision.TfliteInt16 },
            "least squares" => r with { Ranges = RangeMethod.LeastSquares },
            "nothing measured" => r with { Preset = QuantizationPreset.Fast },
            "statistics alone" => r with { Calibration = null, Statistics = network.Observed() },
            "all options" => r with
            {
                Precision = Precision.SimaInt8,
                Profile = Profiles.OnnxRuntimeVnni,
                PerChannel = false,
                SymmetricActivations = true,
                RoundChains = false,
                KeepTransposed = true,
                For = TargetEngine.OpenCV,
                Exclude = ["d"],
                ExcludeTypes = ["Softmax"],
            },
            _ => r,
        });

        Assert.Equal(40, recipe.SampleCount);
        if (how == "16 bits")
            Assert.NotEmpty(recipe.Document.Biases);
        Assert.Equal(how == "all options", recipe.Document.Apart.Any(node => node is { Node: "d", Reason: "excluded by the user" }));
    }

    [Fact]
    public async Task Every_form_that_a_network_may_have_is_in_it()
    {
        using var network = new SampledNetwork(40, model: InARow());
        var request = new QuantizeRequest { Model = network.Model };
        var (options, loaded) = (PlanChoice.Of(request), OnnxModel.Load(request.Model));
        var path = network.Folder.File("r.json");
        var chosen = await SampleArrays.UsedAsync(network.Data, null, (samples, _) => Chosen(Planner(new SampleSet(samples!, new HashSet<long>()))), default);
        var recipe = QuantizationRecipe.Load(path);
        var again = RecipeInUse.Planned(recipe, Planner(samples: null));

        Assert.Equal(chosen.Quantized.ToBytes(), again.Quantized.ToBytes());
        Assert.NotEmpty(recipe.Document.ChannelFactors);
        Assert.NotEmpty(recipe.Document.ChannelOrders);
        Assert.NotEmpty(recipe.Document.RaisedJoins);
        Assert.Equal(5, recipe.Document.Biases.Count);
        Assert.Equal(["y"], recipe.Document.Roundings.Select(rounding => rounding.Output));
        Assert.Equal(2, recipe.Files.Count);

        NetworkPlanner Planner(SampleSet? samples) =>
            new(request, options, ReadyModel.Of(Exclusions.Named(loaded), request), samples, statistics: null, progress: null, default);

        // without a look at whether it is better, which hangs on the samples
        PlannedNetwork Chosen(NetworkPlanner planner)
        {
            planner.Observe();
            ChannelFactors[] factors = [.. planner.Factors(default)];
            var equalized = planner.Equalized(factors);
            planner.Form = planner.Form with { Model = equalized.Model, Observed = equalized.Observed, Factors = factors };
            planner.ObserveAgain();
            var better = planner.Ordered(default)!;
            planner.Form = planner.Form with { Model = better.Model, Observed = better.Observed, Orders = better.Orders };
            var ranges = RangeChoice.Of(RangeMethod.NewPercentile(99m));
            planner.Roundings = LayerRoundings.Known(new Dictionary<string, ImmutableArray<sbyte>> { ["y"] = Towards0(planner.Plan(ranges, BiasMeans.None)) });
            var network = planner.Plan(ranges, planner.MeansOf(planner.Plan(ranges, BiasMeans.None).Layers));
            Assert.True(network.Layers.Single(layer => layer.Node.Node.Output[0] == "y").Plan.Request.WeightRounding.IsDifferences);
            AtomicFile.Write(SavedRecipe.Files(path, request, options, loaded, planner, network), overwrite: false);
            return network;
        }
    }

    // one step, which no limit of pairs forbids
    private static ImmutableArray<sbyte> Towards0(PlannedNetwork network) =>
        [.. network.Layers.Single(layer => layer.Node.Node.Output[0] == "y").Plan.Integers.Weights.Select((weight, i) => (sbyte)(i % 3 == 0 ? -Math.Sign(weight) : 0))];

    [Fact]
    public void Ranges_that_were_narrowed_are_in_it()
    {
        using var network = new SampledNetwork(40, model: InARow());
        var wide = Same(network, r => r with { Ranges = RangeMethod.MinMax });
        var narrow = Same(network, r => r with { Ranges = RangeMethod.NewPercentile(99m) });

        Assert.Contains(wide.Document.Ranges.Zip(narrow.Document.Ranges), pair => pair.First.High > pair.Second.High);
    }

    [Fact]
    public void Nodes_that_a_target_leaves_in_float_stay_there()
    {
        using var network = new WideTensor();
        var path = network.Folder.File("r.json");
        var first = network.Quantized(network.Request(30) with { RecipePath = path });
        var again = network.Quantized(new QuantizeRequest
        {
            Model = network.Model,
            Recipe = QuantizationRecipe.Load(path),
            OutputPath = network.Folder.File("again.onnx"),
        });

        Assert.Equal(File.ReadAllBytes(first.OutputPath!), File.ReadAllBytes(again.OutputPath!));
        Assert.Equal(first.LeftInFloat, again.LeftInFloat);
        Assert.Equal(2, again.LeftInFloat.Count(node => node.Reason == "left in float to meet the target"));
        Assert.Null(again.Target);
        Assert.Contains("--target-sqnr 30", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_run_gives_the_same_recipe_without_folders_in_it()
    {
        using var network = new SampledNetwork(20);
        var (one, other) = (network.Folder.File("r.json"), Path.Combine(Directory.CreateDirectory(network.Folder.File("elsewhere")).FullName, "r.json"));
        network.Quantized(r => r with { RecipePath = one, Precision = Precision.TfliteInt16 });
        network.Quantized(r => r with { RecipePath = other, Precision = Precision.TfliteInt16 });

        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(other));
        Assert.Equal(File.ReadAllBytes(Path.ChangeExtension(one, "npz")), File.ReadAllBytes(Path.ChangeExtension(other, "npz")));
        Assert.DoesNotContain(Path.GetDirectoryName(one)!, File.ReadAllText(one), StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_beside_it_only_check_the_result()
    {
        using var network = new SampledNetwork(20);
        using var others = new SampledNetwork(20, seed: 2);
        var path = network.Folder.File("r.json");
        var (first, result) = network.Quantized(r => r with { RecipePath = path });
        var recipe = QuantizationRecipe.Load(path);
        var (report, again) = network.Quantized(r => r with { Calibration = others.Data, Recipe = recipe });

        Assert.Equal(result, again);
        Assert.NotNull(report.Check);
        Assert.Null(report.Calibration);
        Assert.Equal(new FollowedRecipe(path, recipe.Tool, 20, first.Calibration!.Digest), report.Followed);
        Assert.Equal(path, first.RecipePath);
        Assert.DoesNotContain(report.Warnings, warning => warning.Code == Diagnostics.RecipeGivesOther.Code);
    }

    [Fact]
    public async Task On_the_command_line()
    {
        using var network = new SampledNetwork(20);
        string File(string name) => network.Folder.File(name);
        var saved = (await Quantfn.RunAsync(
            "quantize", network.Model, "--calibration", network.Data, "--no-check", "-o", File("a.onnx"), "--save-recipe", File("r.json"))).Done();
        var followed = (await Quantfn.RunAsync("quantize", network.Model, "--recipe", File("r.json"), "-o", File("b.onnx"))).Done();
        var json = (await Quantfn.RunAsync("quantize", network.Model, "--recipe", File("r.json"), "-o", File("c.onnx"), "--json")).Json();

        Assert.Contains($"Recipe     {File("r.json")}", saved, StringComparison.Ordinal);
        Assert.Contains(
            $"Followed   {File("r.json")}, whose choices were made on 20 samples; the result was not compared with the float model", followed, StringComparison.Ordinal);
        Assert.Equal(20, json.GetProperty("followed").GetProperty("samples").GetInt32());
        Assert.Equal(System.IO.File.ReadAllBytes(File("a.onnx")), System.IO.File.ReadAllBytes(File("b.onnx")));
        foreach (var option in new[] { "--preset=balanced", "--precision=tflite-int8", "--for=onnxruntime", "--per-tensor", "--exclude=a" })
        {
            (await Quantfn.RunAsync("quantize", network.Model, "--recipe", File("r.json"), "-o", File("d.onnx"), option))
                .IsBadInput(option.Split('=')[0], "QF0618");
        }

        (await Quantfn.RunAsync("quantize", network.Model, "--recipe", File("r.json"), "--skip-sample", "1")).IsBadInput("--skip-sample", "without --calibration");
        (await Quantfn.RunAsync("quantize", network.Model, "--weight-only", "int8", "--save-recipe", File("s.json"))).IsBadInput("--save-recipe", "--weight-only");
    }

    private static QuantizationRecipe Same(SampledNetwork network, Func<QuantizeRequest, QuantizeRequest> with)
    {
        var path = network.Folder.File($"{Guid.NewGuid():N}.json");
        var first = network.Quantized(r => with(r) with { RecipePath = path });
        var recipe = QuantizationRecipe.Load(path);
        var again = network.Quantized(r => r with { Calibration = null, Recipe = recipe });

        Assert.Equal(first.Result, again.Result);
        Assert.Equal(first.Report.LeftInFloat, again.Report.LeftInFloat);
        Assert.DoesNotContain(again.Report.Warnings, warning => warning.Code == Diagnostics.RecipeGivesOther.Code);
        return recipe;
    }

    // layers of positive inputs in a row, whose weights err in one direction, and a join of unlike parts
    private static OnnxModel InARow() => new ModelBuilder()
        .Input("x", 1, 3, 6, 6)
        .Conv("x", "a", 3, 24).Node("Relu", ["a"], "r")
        .Conv("r", "b", 24, 24).Node("Relu", ["b"], "s")
        .Between("n.w", -0.02f, 0.02f, 4, 24, 1, 1).Random("n.b", 4).Node("Conv", ["s", "n.w", "n.b"], "n")
        .Conv("s", "v", 24, 4)
        .Node("Concat", ["v", "n"], "c", "axis=1")
        .Conv("c", "y", 8, 5)
        .Output("y")
        .Build();
}
