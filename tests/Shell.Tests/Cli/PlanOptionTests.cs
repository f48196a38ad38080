using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>What the options of `quantfn plan` change.</summary>
public sealed class PlanOptionTests : IDisposable
{
    private readonly LayerFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task One_step_for_all_and_the_zero_point_0_are_options()
    {
        (await _files.PlanAsync($"{LayerFiles.Sound} --per-tensor --symmetric-activations")).Done();

        var plan = PlanFile.Read(_files.PlanPath).Layers[0].Plan;
        Assert.Equal(1, plan.Plan.WeightScale.Count);
        Assert.Equal(0, plan.Integers.Output.ZeroPoint);
    }

    [Theory]
    [InlineData("--precision sima-int8 --relu", "sima-int8", 0)]
    [InlineData("--precision sima-int8 --relu --symmetric-activations", "tflite-int8", 1)]
    [InlineData("--precision sima-int16 --relu --symmetric-activations", "tflite-int16", 1)]
    [InlineData("--precision sima-int16 --relu --allow-full-output", "sima-int16", 0)]
    public async Task A_ReLU_that_saturation_cannot_do_takes_the_fallback(string options, string precision, int retries)
    {
        (await _files.PlanAsync($"{LayerFiles.Sound} {options}")).Done();

        var plan = PlanFile.Read(_files.PlanPath).Layers[0].Plan;
        Assert.Equal(precision, plan.Precision.Name);
        Assert.Equal(retries, plan.Trace.Retries);
        Assert.Equal(plan.Precision.OutputType, plan.Integers.Output.Type);
        Assert.Equal(plan.Integers.Output.ZeroPoint, plan.Integers.OutputRange.Low);
    }

    [Theory]
    [InlineData("--profile reference", "tflite-int8", false)]
    [InlineData("--profile reference", "restricted-tflite-int8", false)]
    [InlineData("--profile reference --symmetric-activations", "restricted-tflite-int16", false)]
    [InlineData("--profile tflite", "tflite-int8", false)]
    [InlineData("--profile tflite --symmetric-activations", "tflite-int8", false)]
    [InlineData("--profile reference --symmetric-activations", "tflite-int16", false)]
    [InlineData("--profile tflite-int32-accumulator --symmetric-activations", "tflite-int16", false)]
    [InlineData("--profile onnxruntime", "tflite-int8", true)]
    public async Task A_ReLU_is_planned_as_the_API_plans_it(string options, string precision, bool saturates)
    {
        (await _files.PlanAsync($"{LayerFiles.Sound} --bias @b.npy {options} --precision {precision} --relu")).Done();

        var plan = PlanFile.Read(_files.PlanPath).Layers[0].Plan;
        var expected = Planner.Plan(
            new LayerSpec
            {
                Weights = LayerFiles.Numbers(8 * 4 * 3 * 3),
                Shape = [8, 4, 3, 3],
                Layout = WeightLayout.OIHW,
                Bias = LayerFiles.Numbers(8),
                InputStep = 0.02,
                InputZeroPoint = -10,
                OutputRange = new RealRange(-6, 9),
                Relu = true,
            },
            new PlanOptions
            {
                Precision = plan.Precision,
                SymmetricActivations = options.Contains("symmetric", StringComparison.Ordinal),
                Profile = plan.Request.Profile,
            });
        Assert.Equal(expected, plan);
        Assert.Equal(precision, plan.Precision.Name);
        Assert.Equal(plan.Integers.Output.ZeroPoint, plan.Integers.OutputRange.Low);
        Assert.Equal(saturates, plan.Request.Profile.SaturatesRelu(plan.Precision));
    }

    [Fact]
    public async Task A_ReLU_of_16_bits_with_symmetric_activations_cuts_at_0()
    {
        const string Line = "--weight @w.npy --layout OIHW --input-step 0.001 --input-zero-point 0 --input-type int16 "
            + "--profile tflite --precision tflite-int16 --symmetric-activations --output-range=0,4 --relu -o @plan.json";
        (await _files.PlanAsync(Line)).Done();
        var low = Enumerable.Repeat((short)-32768, 4 * 3 * 3).ToArray();
        _files.Write("x.npy", Npy.Of(low, 1, 4, 3, 3));
        _files.Write("y.npy", Npy.Of([.. low.Select(x => (short)-(x + 1))], 1, 4, 3, 3));

        foreach (var file in new[] { "x.npy", "y.npy" })
        {
            var run = await Quantfn.RunAsync(
                "execute", _files.PlanPath, "--input", _files.File(file), "-o", _files.File("out.npy"), "--force", "--json");
            Assert.True(run.Json().GetProperty("lowest").GetInt32() >= 0);
        }
    }

    [Theory]
    [InlineData("--precision tflite-int8 --profile onnxruntime --symmetric-activations")]
    [InlineData("--precision restricted-tflite-int8 --profile onnxruntime --symmetric-activations")]
    public async Task A_ReLU_that_nothing_can_do_is_refused_with_what_helps(string options)
    {
        var outcome = await _files.PlanAsync($"{LayerFiles.Sound} {options} --relu");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("needs the zero point -128, this output has 0: let activations be asymmetric", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_files.PlanPath));
    }

    [Fact]
    public async Task Full_output_is_32_bits_where_shifts_are_left()
    {
        // wide enough a range that the shifts are not at their lowest already
        var line = LayerFiles.Sound.Replace("-6,9", "-600,900", StringComparison.Ordinal);

        var text = (await _files.PlanAsync($"{line} --precision sima-int16 --allow-full-output")).Done();

        Assert.Equal("int32", PlanFile.Read(_files.PlanPath).Layers[0].Plan.Integers.Output.Type.Name);
        Assert.Contains("Warning    the output is int32 instead of int16", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Means_correct_the_biases()
    {
        _files.Write("inputs.npy", Npy.Of<float>([10, 20, 30, 40], 4));
        _files.Write("outputs.npy", Npy.Of<double>([.. Enumerable.Repeat(1.0, 8), .. Enumerable.Repeat(0.25, 8)], 2, 8));

        (await _files.PlanAsync($"{LayerFiles.Sound} --bias @b.npy")).Done();
        var plain = Biases();
        (await _files.PlanAsync(
            $"{LayerFiles.Sound} --bias @b.npy --bias-correction mean-input --means @inputs.npy --force")).Done();
        var fromInputs = Biases();
        (await _files.PlanAsync(
            $"{LayerFiles.Sound} --bias @b.npy --bias-correction mean-output --means @outputs.npy --force")).Done();
        var fromOutputs = Biases();

        Assert.All(plain.Zip(fromInputs), pair => Assert.NotEqual(pair.First, pair.Second));
        Assert.All(plain.Zip(fromOutputs), pair => Assert.Equal(pair.First + 0.75, pair.Second, 12));

        IReadOnlyList<double> Biases() => PlanFile.Read(_files.PlanPath).Layers[0].Plan.RealBias;
    }

    [Fact]
    public async Task A_profile_may_be_a_file()
    {
        _files.Write("mine.json", System.Text.Encoding.UTF8.GetBytes((await _files.RunAsync("profiles tflite --json")).Done()));

        (await _files.PlanAsync($"{LayerFiles.Sound} --profile tflite")).Done();
        var named = File.ReadAllBytes(_files.PlanPath);
        (await _files.PlanAsync($"{LayerFiles.Sound} --profile @mine.json --force")).Done();

        Assert.Equal(named, File.ReadAllBytes(_files.PlanPath));
    }

    [Fact]
    public async Task A_file_is_replaced_only_by_force()
    {
        _files.Write("plan.json", "mine"u8.ToArray());

        (await _files.PlanAsync(LayerFiles.Sound)).IsBadInput(_files.PlanPath, "--force");
        Assert.Equal("mine", File.ReadAllText(_files.PlanPath));

        (await _files.PlanAsync($"{LayerFiles.Sound} --force")).Done();
        Assert.Single(PlanFile.Read(_files.PlanPath).Layers);
    }

    [Fact]
    public async Task Another_culture_changes_nothing()
    {
        var foreign = new Dictionary<string, string>
        {
            ["LANG"] = "de_DE.UTF-8",
            ["LC_ALL"] = "de_DE.UTF-8",
            ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "0",
        };
        var words = _files.Words($"plan {LayerFiles.Sound} --force");

        var there = await Quantfn.RunAsync(foreign, words);
        if (there.Error.Contains("ICU", StringComparison.Ordinal))
            return; // .NET knows no other culture on this machine
        var bytes = File.ReadAllBytes(_files.PlanPath);
        var here = await Quantfn.RunAsync(words);

        Assert.Equal(here.Done(), there.Done());
        Assert.Equal(File.ReadAllBytes(_files.PlanPath), bytes);
    }
}
