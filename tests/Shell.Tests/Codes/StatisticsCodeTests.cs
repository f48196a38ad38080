using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;

namespace Shell.Tests.Codes;

/// <summary>QF023x: statistics that do not fit the model, the samples or each other are refused by file and cause.</summary>
public sealed class StatisticsCodeTests : IDisposable
{
    private readonly SampledNetwork _network = new(samples: 12);

    public void Dispose() => _network.Dispose();

    [Fact]
    public void Statistics_of_another_model()
    {
        var other = new ModelBuilder().Input("x", 1, 3, 6, 6).Conv("x", "y", 3, 4).Output("y").Build();
        using var foreign = new SampledNetwork(12, model: other);

        Refused(Diagnostics.StatisticsOfOtherModel, () => _network.Quantized(r => r with { Statistics = foreign.Observed() }));
        Refused(Diagnostics.StatisticsOfOtherModel, () => CalibrationStatistics.Merge([File(1, 2), Saved("b.json", foreign.Observed(new(2, 2)))]));
    }

    [Fact]
    public void Statistics_of_other_samples()
    {
        using var more = new SampledNetwork(13);
        using var others = new SampledNetwork(12, seed: 2);

        Assert.Contains("13 of them, not 12", Refused(Diagnostics.StatisticsOfOtherData, () =>
            CalibrationStatistics.Merge([File(1, 2), Saved("b.json", more.Observed(new(2, 2)))])).Message);
        Assert.Contains("whose values or order", Refused(Diagnostics.StatisticsOfOtherData, () =>
            _network.Quantized(r => r with { Statistics = others.Observed() })).Message);
        Refused(Diagnostics.StatisticsOfOtherData, () => _network.Quantized(r => r with { Statistics = _network.Observed(), SkipSamples = [3] }));
    }

    [Theory]
    [InlineData(2, 3, 2, 3, "shard 2/3 is in both")]
    [InlineData(1, 2, 3, 4, "shard 3/4 has samples of shard 1/2")]
    [InlineData(1, 4, 1, 6, "shard 1/6 has samples of shard 1/4")]
    [InlineData(1, 1, 5, 9, "shard 5/9 has samples of shard 1/1")]
    public void Shards_that_share_samples(int index, int count, int otherIndex, int otherCount, string told)
    {
        var (one, other) = (File(index, count), Saved("other.json", _network.Observed(new(otherIndex, otherCount))));

        var fault = Refused(Diagnostics.StatisticsOverlap, () => CalibrationStatistics.Merge([one, other]));
        Assert.Equal(other.Name, fault.File);
        Assert.Contains(told, fault.Message);
        Assert.Contains(one.Name, fault.Message);
    }

    [Fact]
    public void A_shard_that_comes_again_after_all_are_there() => Assert.Contains("shard 1/2 is in both", Refused(
        Diagnostics.StatisticsOverlap, () => CalibrationStatistics.Merge([File(1, 2), File(2, 2), File(1, 2)])).Message);

    [Fact]
    public void Missing_shards_are_named()
    {
        var some = CalibrationStatistics.Merge([File(1, 4), File(4, 4)]);

        Assert.False(some.IsComplete);
        Assert.Null(some.DataSha256);
        Assert.Contains("shards 2/4, 3/4", Refused(
            Diagnostics.StatisticsIncomplete, () => _network.Quantized(r => r with { Statistics = some })).Message);
    }

    [Fact]
    public void Statistics_that_were_not_observed_alike()
    {
        var symmetric = Saved("b.json", _network.Observed(new(2, 2), r => r with { SymmetricActivations = true }));
        var older = Edited("c.json", File(2, 2), root => root["onnxRuntime"] = "1.0.0");

        Assert.Contains("--symmetric-activations", Refused(Diagnostics.StatisticsUnlike, () =>
            CalibrationStatistics.Merge([File(1, 2), symmetric])).Message);
        Assert.Contains("ONNX Runtime 1.0.0", Refused(Diagnostics.StatisticsUnlike, () =>
            CalibrationStatistics.Merge([File(1, 2), older])).Message);
    }

    [Fact]
    public void A_tensor_that_was_not_observed() => Assert.Contains("--exclude-type Gemm", Refused(
        Diagnostics.StatisticsLackTensor,
        () => _network.Quantized(r => r with { Calibration = null, Statistics = _network.Observed(with: o => o with { ExcludeTypes = ["Gemm"] }) })).Message);

    [Fact]
    public void Shards_of_different_processors_are_warned_of()
    {
        var other = Edited("b.json", File(2, 2), root => root["processors"] = new JsonArray("arm64 neon"));
        var merged = CalibrationStatistics.Merge([File(1, 2), other]);

        var report = _network.Quantized(r => r with { Statistics = merged }).Report;
        Assert.Contains("arm64 neon", Warned(Diagnostics.StatisticsOfSeveralProcessors, report.Warnings).Message);
    }

    [Fact]
    public void Nothing_to_calibrate_with_or_to_measure_on()
    {
        Refused(Diagnostics.NoCalibration, () => _network.Quantized(r => r with { Calibration = null }));
        Refused(Diagnostics.OptionNeedsAnother, () => _network.Quantized(
            r => r with { Calibration = null, Statistics = _network.Observed(), RequiredSqnrDb = 10 }));
        Refused(Diagnostics.OptionValueWrong, () => _network.Observed(new DataShard(0, 4)));
        Refused(Diagnostics.OverwritesInput, () => _network.Observed(with: r => r with { OutputPath = _network.Data, Overwrite = true }));
    }

    [Theory]
    [InlineData("observed.tensors.0.samples", 5)]
    [InlineData("observed.tensors.0.histogram.zeros", -1)]
    [InlineData("observed.tensors.0.histogram.exponent", 100)]
    [InlineData("observed.tensors.0.widths.counts.0", 77)]
    [InlineData("observed.tensors.1.name", "")]
    [InlineData("observed.tensors.0.range.min", 1e30)]
    [InlineData("observed.samples", 11)]
    [InlineData("observed.digest", "12")]
    [InlineData("observed.layerInputs.0.sums.exponent", 3000)]
    [InlineData("data.batch", 0)]
    [InlineData("shards.0.index", 3)]
    [InlineData("model", "model.onnx")]
    public void Numbers_that_no_samples_show(string place, object value)
    {
        var statistics = _network.Observed();

        Refused(Diagnostics.PlanContradicts, () => Edited("edited.json", statistics, root =>
        {
            var steps = place.Split('.');
            var node = steps[..^1].Aggregate(root, Step);
            if (node is JsonArray list)
                list[int.Parse(steps[^1])] = JsonValue.Create(value);
            else
                node[steps[^1]] = JsonValue.Create(value);
        }));
    }

    [Fact]
    public void Files_that_are_none()
    {
        var path = _network.Folder.File("s.json");
        _network.Observed().Save(path);
        var text = System.IO.File.ReadAllText(path);

        System.IO.File.WriteAllText(path, text[..(text.Length / 2)]);
        Refused(Diagnostics.NotJson, () => CalibrationStatistics.Load(path));
        System.IO.File.WriteAllText(path, text.Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal));
        Refused(Diagnostics.OtherVersion, () => CalibrationStatistics.Load(path));
        Refused(Diagnostics.FileMissing, () => CalibrationStatistics.Load(_network.Folder.File("nowhere.json")));
        using (var large = System.IO.File.Create(path))
            large.SetLength((1L << 30) + 1);
        Refused(Diagnostics.StatisticsTooLarge, () => CalibrationStatistics.Load(path));
        Refused(Diagnostics.FileExists, () => _network.Observed(with: r => r with { OutputPath = path }));
    }

    private CalibrationStatistics File(int index, int count) => Saved($"s{index}of{count}.json", _network.Observed(new(index, count)));

    private CalibrationStatistics Saved(string name, CalibrationStatistics statistics)
    {
        statistics.Save(_network.Folder.File(name), overwrite: true);
        return CalibrationStatistics.Load(_network.Folder.File(name));
    }

    private CalibrationStatistics Edited(string name, CalibrationStatistics statistics, Action<JsonNode> edit)
    {
        var root = JsonNode.Parse(_network.Bytes(statistics))!;
        edit(root);
        System.IO.File.WriteAllText(_network.Folder.File(name), root.ToJsonString());
        return CalibrationStatistics.Load(_network.Folder.File(name));
    }

    private static JsonNode Step(JsonNode node, string step) => node is JsonArray list ? list[int.Parse(step)]! : node[step]!;
}
