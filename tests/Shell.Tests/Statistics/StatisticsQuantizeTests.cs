using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Statistics;

/// <summary>A quantization from statistics is that from the samples; without the samples it says what it left out.</summary>
public class StatisticsQuantizeTests
{
    [Theory]
    [InlineData("")]
    [InlineData("tflite-int16")]
    [InlineData("mse")]
    [InlineData("minmax")]
    public void With_the_samples_beside_them_the_result_is_that_of_the_samples_alone(string what)
    {
        using var network = new SampledNetwork(40);
        QuantizeRequest Asked(QuantizeRequest r) => what switch
        {
            "tflite-int16" => r with { Precision = Precision.TfliteInt16 },
            "mse" => r with { Ranges = RangeMethod.LeastSquares },
            "minmax" => r with { Ranges = RangeMethod.MinMax },
            _ => r,
        };
        var statistics = network.Observed();
        var alone = network.Quantized(Asked);
        var with = network.Quantized(r => Asked(r) with { Statistics = statistics });

        Assert.Equal(alone.Result, with.Result);
        Assert.True(with.Report.Calibration!.FromStatistics);
        Assert.False(alone.Report.Calibration!.FromStatistics);
        Assert.Equal(alone.Report.Calibration with { FromStatistics = true, Inputs = [] }, with.Report.Calibration with { Inputs = [] });
        Assert.Equal(alone.Report.Calibration.Inputs, with.Report.Calibration.Inputs);
        Assert.Equal(alone.Report.Warnings, with.Report.Warnings);
        Assert.Equal(statistics.DataSha256, alone.Report.Calibration.Digest);
    }

    [Fact]
    public void Without_samples_nothing_is_measured_and_the_report_says_so()
    {
        using var network = new SampledNetwork(40);
        var statistics = network.Observed();
        var (report, result) = network.Quantized(r => r with { Calibration = null, Statistics = statistics });

        var warning = Assert.Single(report.Warnings, warning => warning.Code == Diagnostics.NothingMeasured.Code);
        Assert.Contains("least squares", warning.Message);
        Assert.Contains("no bias is corrected", warning.Message);
        Assert.Contains("not compared", warning.Message);
        Assert.Null(report.Check);
        Assert.Equal(40, report.Calibration!.Samples);
        var asSaid = network.Quantized(r => r with { Calibration = null, Statistics = statistics, Ranges = RangeMethod.LeastSquares });
        Assert.Equal(asSaid.Result, result);
        Assert.DoesNotContain("least squares", Assert.Single(asSaid.Report.Warnings, one => one.Code == "QF0942").Message);
    }

    [Fact]
    public void Without_samples_a_16_bit_model_is_what_it_is_with_them()
    {
        using var network = new SampledNetwork(40);
        var statistics = network.Observed();

        Assert.Equal(
            network.Quantized(r => r with { Precision = Precision.TfliteInt16 }).Result,
            network.Quantized(r => r with { Precision = Precision.TfliteInt16, Calibration = null, Statistics = statistics }).Result);
    }

    [Fact]
    public void Statistics_of_other_options_are_not_used_where_the_samples_stand_beside_them()
    {
        using var network = new SampledNetwork(20);
        var statistics = network.Observed(with: r => r with { ExcludeTypes = ["Gemm"] });
        var (report, result) = network.Quantized(r => r with { Statistics = statistics });

        Assert.Equal(network.Quantized(r => r).Result, result);
        Assert.False(report.Calibration!.FromStatistics);
        var warning = Assert.Single(report.Warnings, warning => warning.Code == Diagnostics.StatisticsNotUsed.Code);
        Assert.Contains("--exclude-type Gemm", warning.Message);
    }

    [Fact]
    public void Options_that_ask_for_less_can_be_met_without_samples()
    {
        using var network = new SampledNetwork(20);
        var statistics = network.Observed();
        var (report, _) = network.Quantized(r => r with { Calibration = null, Statistics = statistics, ExcludeTypes = ["Softmax"] });

        Assert.Contains(report.LeftInFloat, node => node.Operator == "Softmax");
    }

    [SharedFact]
    public void ResNet_8_from_shards()
    {
        using var folder = new TemporaryFolder();
        var (model, data) = (Shared.Model("ic_resnet8.onnx"), Shared.Model("ic_resnet8.calibration.npz"));
        CalibrationStatistics Shard(int index) => ModelCalibrator.CalibrateAsync(
            new CalibrateRequest { Model = model, Data = data, Shard = new DataShard(index, 3) }).GetAwaiter().GetResult();
        var statistics = CalibrationStatistics.Merge([Shard(2), Shard(3), Shard(1)]);

        Assert.Equal(Result("alone", null), Result("with", statistics));

        string Result(string name, CalibrationStatistics? given)
        {
            var at = Directory.CreateDirectory(folder.File(name)).FullName;
            var report = OnnxQuantizer.QuantizeAsync(new QuantizeRequest
            {
                Model = model,
                Calibration = data,
                Statistics = given,
                OutputPath = Path.Combine(at, "q.onnx"),
                PlanPath = Path.Combine(at, "plan.json"),
            }).GetAwaiter().GetResult();
            return report.Calibration!.Digest + string.Concat(
                Directory.EnumerateFiles(at).Order(StringComparer.Ordinal).Select(file => Convert.ToHexString(File.ReadAllBytes(file))));
        }
    }
}
