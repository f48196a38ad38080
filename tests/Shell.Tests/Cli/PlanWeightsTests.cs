using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn plan --weight-only`: integers for the weights alone.</summary>
public sealed class PlanWeightsTests : IDisposable
{
    private const string Sound = "--weight @w.npy --layout OIHW -o @plan.json";

    private readonly LayerFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("--weight-only int8", 8)]
    [InlineData("--weight-only int4", 8)]
    [InlineData("--weight-only int4 --per-tensor", 1)]
    [InlineData("--weight-only int4 --group 16", 8 * 3)]
    [InlineData("--weight-only int8 --group 64", 8)]
    public async Task Weights_share_steps_as_the_options_say(string options, int steps)
    {
        (await _files.PlanAsync($"{Sound} --bias @b.npy {options}")).Done();

        var document = PlanFile.Read(_files.PlanPath);
        Assert.Empty(document.Layers);
        var named = Assert.Single(document.WeightOnlyLayers);
        Assert.Equal("w", named.Name);
        Assert.Equal(options.Contains("int4", StringComparison.Ordinal) ? WeightType.Int4 : WeightType.Int8,
            named.Plan.Request.Type);
        Assert.Equal(steps, named.Plan.Steps.Length);
        Assert.Equal(8, named.Plan.Bias.Length);
    }

    [Fact]
    public async Task Steps_are_searched_and_have_zero_points_where_that_is_asked_for()
    {
        (await _files.PlanAsync($"{Sound} --weight-only int4 --group 16 --steps searched --zero-points")).Done();

        var plan = Assert.Single(PlanFile.Read(_files.PlanPath).WeightOnlyLayers).Plan;
        Assert.Equal((WeightType.UInt4, StepRule.Searched), (plan.Request.Type, plan.Request.Rule));
        Assert.Equal(24, plan.ZeroPoints.Length);
        var explained = (await Quantfn.RunAsync("explain", _files.PlanPath)).Done();
        Assert.Contains("uint4, from 0 to 15", explained, StringComparison.Ordinal);
        Assert.Contains("Z, which stands for 0 exactly", explained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_summary_says_what_shares_a_step()
    {
        var text = (await _files.PlanAsync($"{Sound} --weight-only int4 --group 16")).Done();

        Assert.StartsWith(
            "Layer      w: OIHW 8 x 4 x 3 x 3, 8 output channels, one step for each 16 of their weights\n"
            + "Weights    int4, activations stay real numbers\nSteps      24 steps, 0.", text, StringComparison.Ordinal);
        Assert.EndsWith(
            $"Written    {_files.PlanPath}\nRead it    quantfn explain {_files.PlanPath}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_summary_as_JSON_says_the_same()
    {
        var report = (await _files.PlanAsync($"{Sound} --weight-only int4 --group 16 --json")).Json();

        Assert.Equal("group", report.GetProperty("granularity").GetString());
        Assert.Equal(16, report.GetProperty("groupSize").GetInt32());
        Assert.Equal(24, report.GetProperty("steps").GetInt32());
        Assert.Empty(report.GetProperty("vanishedChannels").EnumerateArray());
    }

    [Theory]
    [InlineData("--weight-only int5", "--weight-only", "'int5'", "int8, int4")]
    [InlineData("--weight-only int4 --group 0", "--group", "0")]
    [InlineData("--weight-only int4 --group 16 --per-tensor", "'--group'", "'--per-tensor'")]
    [InlineData("--weight-only int4 --steps some", "--steps", "'some'", "largest, searched")]
    [InlineData("--weight-only int8 --zero-points", "--zero-points", "plan int4")]
    [InlineData("--weight-only int4 --groups 3", "w.npy", "3 groups")]
    [InlineData("--weight-only int4 --input-step 1", "'--input-step'", "'--weight-only'")]
    [InlineData("--weight-only int4 --input-zero-point 1", "'--input-zero-point'")]
    [InlineData("--weight-only int4 --input-type int8", "'--input-type'")]
    [InlineData("--weight-only int4 --output-range 0,1", "'--output-range'")]
    [InlineData("--weight-only int4 --precision sima-int8", "'--precision'")]
    [InlineData("--weight-only int4 --symmetric-activations", "'--symmetric-activations'")]
    [InlineData("--weight-only int4 --profile tflite", "'--profile'")]
    [InlineData("--weight-only int4 --relu", "'--relu'")]
    [InlineData("--weight-only int4 --allow-full-output", "'--allow-full-output'")]
    [InlineData("--weight-only int4 --bias-correction mean-input", "'--bias-correction'")]
    [InlineData("--weight-only int4 --means @m.npy", "'--means'")]
    [InlineData("--weight-only int4 --strides 1,1", "'--strides'")]
    [InlineData("--weight-only int4 --pads 0,0,0,0", "'--pads'")]
    [InlineData("--weight-only int4 --dilations 1,1", "'--dilations'")]
    [InlineData("--weight-only int4 --transposed", "'--transposed'")]
    public async Task What_belongs_to_the_other_form_is_refused_by_its_name(string options, params string[] named)
    {
        var before = _files.Names.ToList();

        (await _files.PlanAsync($"{Sound} {options}")).IsBadInput(named);

        Assert.Equal(before, _files.Names);
    }
}
