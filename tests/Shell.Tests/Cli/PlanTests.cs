using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn plan` on arrays: what is planned is what the options say.</summary>
public sealed class PlanTests : IDisposable
{
    private readonly LayerFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task The_document_holds_the_plan_that_the_API_makes()
    {
        (await _files.PlanAsync($"{LayerFiles.Sound} --bias @b.npy")).Done();

        var named = Assert.Single(PlanFile.Read(_files.PlanPath).Layers);
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
            },
            new PlanOptions());
        Assert.Equal("w", named.Name);
        Assert.Equal(expected, named.Plan);
    }

    [Fact]
    public async Task The_summary_says_what_was_found_and_where_it_is()
    {
        var text = (await _files.PlanAsync(LayerFiles.Sound)).Done();

        Assert.Equal(
            $"""
             Layer      w: OIHW 8 x 4 x 3 x 3, 8 output channels, one step each
             Precision  tflite-int8, int8 activations, profile reference
             Output     int8, step 0.0588235, zero point -26, for -6 to 9
             Shift      39
             Given up   nothing
             Retries    0
             Written    {_files.PlanPath}
             Read it    quantfn explain {_files.PlanPath}

             """,
            text);
    }

    [Fact]
    public async Task The_summary_as_JSON_says_the_same()
    {
        var report = (await _files.PlanAsync($"{LayerFiles.Sound} --json")).Json();

        Assert.Equal("tflite-int8", report.GetProperty("precision").GetString());
        Assert.Equal(-26, report.GetProperty("outputZeroPoint").GetInt32());
        Assert.Equal(39, report.GetProperty("shiftMax").GetInt32());
        Assert.Equal(_files.PlanPath, report.GetProperty("written").GetString());
        Assert.Empty(report.GetProperty("warnings").EnumerateArray());
    }

    [Fact]
    public async Task A_range_that_begins_with_a_minus_may_follow_a_blank_or_an_equals_sign()
    {
        const string Begin = $"--weight @w.npy --layout OIHW {LayerFiles.Input}";

        (await _files.PlanAsync($"{Begin} --output-range -6,9 -o @plan.json")).Done();
        (await _files.PlanAsync($"{Begin} --output-range=-6,9 -o @other.json")).Done();
        (await _files.PlanAsync($"{Begin} --output-range -.5,9 -o @third.json")).Done();

        Assert.Equal(File.ReadAllBytes(_files.PlanPath), File.ReadAllBytes(_files.File("other.json")));
        Assert.Equal(-0.5, PlanFile.Read(_files.File("third.json")).Layers[0].Plan.Observed.Low);
    }

    [Theory]
    [InlineData("OIHW", 8, 4, 3, 2)]
    [InlineData("OIHW", 8, 4, 3)]
    [InlineData("OIHW", 8, 4, 3, 2, 2)]
    [InlineData("OHWI", 8, 3, 2, 4)]
    [InlineData("HWIO", 3, 2, 4, 8)]
    [InlineData("HWIGO", 3, 2, 4, 2, 4)]
    [InlineData("IOHW", 4, 8, 3, 2)]
    [InlineData("HWOI", 3, 2, 8, 4)]
    [InlineData("HWGO", 3, 2, 4, 2)]
    [InlineData("IHWO", 1, 3, 2, 8)]
    [InlineData("IO", 24, 8)]
    [InlineData("OI", 8, 24)]
    public async Task Every_layout_is_planned(string layout, params int[] shape)
    {
        _files.Floats("any.npy", [.. shape.Select(axis => (long)axis)]);
        var groups = layout == "IHWO" ? " --groups 8" : "";

        (await _files.PlanAsync(
            $"--weight @any.npy --layout {layout}{groups} {LayerFiles.Input} --output-range -6,9 -o @plan.json")).Done();

        var integers = PlanFile.Read(_files.PlanPath).Layers[0].Plan.Integers;
        Assert.Equal(layout, integers.Shape.Layout.ToString());
        Assert.Equal(shape, integers.Shape.Sizes);
        Assert.Equal(8, integers.Shape.Channels);
    }

    [Theory]
    [InlineData("sima-int8", "int8", "int8")]
    [InlineData("tflite-int8", "int8", "int8")]
    [InlineData("restricted-tflite-int8", "int16", "int8")]
    [InlineData("sima-int16", "int16", "int16")]
    [InlineData("tflite-int16", "int8", "int16")]
    [InlineData("restricted-tflite-int16", "int16", "int16")]
    [InlineData("sima-int32", "int8", "int32")]
    public async Task Every_precision_is_planned(string precision, string input, string output)
    {
        (await _files.PlanAsync($"{LayerFiles.Sound} --precision {precision} --input-type {input}")).Done();

        var plan = PlanFile.Read(_files.PlanPath).Layers[0].Plan;
        Assert.Equal(precision, plan.Precision.Name);
        Assert.Equal(input, plan.Integers.Input.Type.Name);
        Assert.Equal(output, plan.Integers.Output.Type.Name);
    }

    [Theory]
    [InlineData("f2", "float16")]
    [InlineData("f4", "float32")]
    [InlineData("f8", "float64")]
    public async Task Weights_may_be_floats_of_any_width(string code, string name)
    {
        var values = LayerFiles.Numbers(8 * 6);
        _files.Write("any.npy", code switch
        {
            "f2" => Npy.Of(Array.ConvertAll(values, value => (Half)value), 8, 6),
            "f8" => Npy.Of(Array.ConvertAll(values, value => (double)value), 8, 6),
            _ => Npy.Of(values, 8, 6),
        });

        (await _files.PlanAsync(
            $"--weight @any.npy --layout OI {LayerFiles.Input} --output-range=-6,9 -o @plan.json")).Done();

        Assert.True(PlanFile.Read(_files.PlanPath).Layers[0].Plan.Integers.Weights.Max() == 127, name);
    }

    [Fact]
    public async Task The_options_of_the_kernel_are_in_the_plan()
    {
        _files.Floats("any.npy", 4, 8, 3, 3);

        (await _files.PlanAsync(
            $"--weight @any.npy --layout IOHW {LayerFiles.Input} --output-range=-6,9 -o @plan.json "
            + "--strides 2,1 --pads 1,2,3,4 --dilations 1,2 --groups 2 --transposed")).Done();

        var integers = PlanFile.Read(_files.PlanPath).Layers[0].Plan.Integers;
        Assert.Equal<int>([2, 1], integers.Geometry.Strides);
        Assert.Equal<int>([1, 2, 3, 4], integers.Geometry.Pads);
        Assert.Equal<int>([1, 2], integers.Geometry.Dilations);
        Assert.True(integers.Geometry.IsTransposed);
        Assert.Equal(2, integers.Shape.Groups);
    }
}
