using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`compare --time`: that it measures, not what.</summary>
public sealed class LatencyTests
{
    private static readonly string[] Line =
    [
        "compare", Quantfn.Sample("fashion.onnx"), Quantfn.Sample("fashion.onnx"), "--data", Quantfn.Sample("fashion.test.npz"),
        "--time",
    ];

    [Fact]
    public async Task Both_models_are_measured_on_one_thread_and_on_all()
    {
        var latencies = (await Quantfn.RunAsync([.. Line, "--json"])).Json().GetProperty("latencies").EnumerateArray().ToList();

        Assert.Equal([1, 0], latencies.Select(latency => latency.GetProperty("threads").GetInt32()));
        Assert.All(latencies, latency =>
        {
            Assert.InRange(latency.GetProperty("runs").GetInt32(), 10, 300);
            foreach (var model in new[] { "float", "quantized" })
            {
                var median = latency.GetProperty(model).GetProperty("medianMs").GetDouble();
                Assert.InRange(latency.GetProperty(model).GetProperty("percentile90Ms").GetDouble(), median, double.MaxValue);
                Assert.True(median > 0);
            }
        });
    }

    [Fact]
    public async Task Text_has_a_row_for_each()
    {
        var text = (await Quantfn.RunAsync(Line)).Done();

        Assert.Matches(@"\n  1 thread +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +\d+\.\d\dx\n  all threads +\d+ ", text);
    }
}
