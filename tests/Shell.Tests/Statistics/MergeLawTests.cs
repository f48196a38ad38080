using FsCheck;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Statistics;

/// <summary>Any split into shards, any order and any tree of merges give the same bytes as one run.</summary>
public class MergeLawTests
{
    [Fact]
    public void Any_split_in_any_order_and_any_tree() => Checked.All(12, (int seed, PositiveInt samples, PositiveInt shards) =>
    {
        using var network = new SampledNetwork(1 + (samples.Get % 30), seed: seed);

        AssertSame(network, Split(new Random(seed), shards.Get), seed);
    });

    [Fact]
    public void Also_where_samples_run_together() => Checked.All(6, (int seed, PositiveInt samples, PositiveInt batch) =>
    {
        using var network = new SampledNetwork(1 + (samples.Get % 20), 2 + (batch.Get % 3), seed);

        AssertSame(network, Split(new Random(seed), 3), seed);
    });

    [Fact]
    public void Also_where_samples_lie_along_another_axis_inside() => Checked.All(4, (int seed) =>
    {
        var model = new ModelBuilder().Input("x", 4, 3, 6, 6)
            .Node("Transpose", ["x"], "t", "perm=1,0,2,3").Longs("shape", 3, 4, 36).Node("Reshape", ["t", "shape"], "m")
            .Random("w", 36, 5).Random("b", 5).Node("MatMul", ["m", "w"], "p").Node("Add", ["p", "b"], "s")
            .Node("Transpose", ["s"], "y", "perm=1,0,2").Output("y", 4, 3, 5).Build();
        using var network = new SampledNetwork(11, seed: seed, model: model);

        AssertSame(network, Split(new Random(seed), 3), seed);
    });

    [Theory]
    [InlineData(4)] // all that are counted lie in the first
    [InlineData(3)]
    public void Also_where_not_every_sample_is_counted(int shards)
    {
        using var network = new SampledNetwork(261);

        AssertSame(network, [.. Enumerable.Range(1, shards).Select(index => new DataShard(index, shards))], seed: 1);
    }

    [Fact]
    public void Samples_that_are_left_out_keep_the_others_in_their_shards()
    {
        using var network = new SampledNetwork(13);
        CalibrateRequest Without(CalibrateRequest request) => request with { SkipSamples = [0, 5, 6] };
        var parts = Enumerable.Range(1, 4).Select(index => network.Observed(new DataShard(index, 4), Without));

        Assert.Equal(network.Bytes(network.Observed(with: Without)), network.Bytes(CalibrationStatistics.Merge(parts)));
    }

    [Fact]
    public void Sixty_four_shards_in_random_order_are_one_run_and_quantize_to_the_same_bytes()
    {
        using var network = new SampledNetwork(100);
        var whole = network.Observed();
        var merged = Merged(network, [.. Enumerable.Range(1, 64).Select(index => new DataShard(index, 64))], new Random(64));

        Assert.Equal(network.Bytes(whole), network.Bytes(merged));
        Assert.Equal(
            network.Quantized(r => r).Result,
            network.Quantized(r => r with { Statistics = merged }).Result);
    }

    private static void AssertSame(SampledNetwork network, IReadOnlyList<DataShard> split, int seed) =>
        Assert.Equal(network.Bytes(network.Observed()), network.Bytes(Merged(network, split, new Random(seed))));

    /// <summary>Halves shards, or divides them by 3, until there are enough.</summary>
    private static List<DataShard> Split(Random random, int shards)
    {
        List<DataShard> split = [DataShard.Whole];
        while (split.Count < 1 + (shards % 8))
        {
            var at = random.Next(split.Count);
            var (index, count) = split[at];
            var by = random.Next(2, 4);
            split.RemoveAt(at);
            split.AddRange(Enumerable.Range(0, by).Select(part => new DataShard(index + (part * count), by * count)));
        }

        return split;
    }

    private static CalibrationStatistics Merged(SampledNetwork network, IReadOnlyList<DataShard> split, Random random)
    {
        var parts = split.Select(shard => Through(network, network.Observed(shard))).ToList();
        while (parts.Count > 1)
        {
            var (one, other) = (Taken(parts, random), Taken(parts, random));
            parts.Add(Through(network, CalibrationStatistics.Merge([one, other])));
        }

        return parts[0];
    }

    private static CalibrationStatistics Taken(List<CalibrationStatistics> parts, Random random)
    {
        var at = random.Next(parts.Count);
        var part = parts[at];
        parts.RemoveAt(at);
        return part;
    }

    // as a file, which loses nothing
    private static CalibrationStatistics Through(SampledNetwork network, CalibrationStatistics statistics)
    {
        var path = network.Folder.Write($"{Guid.NewGuid():N}.json", network.Bytes(statistics));
        return CalibrationStatistics.Load(path);
    }
}
