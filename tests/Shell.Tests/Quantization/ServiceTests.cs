using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>A service that quantizes what it is sent: streams in and out, a logger, tracing, and a caller who may go away.</summary>
[Collection(nameof(ServiceTests))]
[CollectionDefinition(nameof(ServiceTests), DisableParallelization = true)]
public sealed class ServiceTests
{
    [Fact]
    public async Task A_service_quantizes_from_stream_to_stream()
    {
        var log = new Lines();
        await using var upload = File.OpenRead(Quantfn.Sample("fashion.onnx"));
        using var download = new MemoryStream();

        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = await ModelSource.FromStreamAsync(upload, "fashion"),
            Calibration = SampleData.From(Samples(64), "photos"),
            Logger = log,
        });
        await download.WriteAsync(report.QuantizedModel.Bytes);

        Assert.Equal(report.BytesAfter, download.Length);
        Assert.Contains("Information: fashion is read: ", log.Text, StringComparison.Ordinal);
        Assert.Contains("Information: fashion ran on 64 samples", log.Text, StringComparison.Ordinal);
        Assert.Contains("Debug: Layer ", log.Text, StringComparison.Ordinal);
        Assert.EndsWith($"instead of {report.BytesBefore} bytes\n", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_reach_the_logger_with_their_codes()
    {
        var log = new Lines();

        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = Quantfn.Sample("fashion.onnx").AsSource(),
            Calibration = SampleData.From(Samples(3)),
            Logger = log,
        });

        var few = Assert.Single(report.Warnings, warning => warning.Message.Contains("3 samples", StringComparison.Ordinal));
        Assert.Contains($"Warning: fashion: {few.Message} [{few.Code}]", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_who_goes_away_stops_the_work_while_it_reads_samples()
    {
        using var gone = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OnnxQuantizer.QuantizeAsync(
            new QuantizeRequest
            {
                Model = Quantfn.Sample("fashion.onnx").AsSource(),
                Calibration = SampleData.From(Endless()),
            },
            cancellationToken: gone.Token));

        async IAsyncEnumerable<Sample> Endless()
        {
            for (var i = 0; ; i++)
            {
                await Task.Yield();
                if (i == 100)
                    await gone.CancelAsync();
                yield return new Sample { { "input", new float[784], 1, 28, 28 } };
            }
        }
    }

    [Fact]
    public async Task Phases_are_traced_and_counted()
    {
        var phases = new List<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if ((string?)activity.GetTagItem("model") == "traced")
                    phases.Add(activity.OperationName);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var layers = 0L;
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, meters) =>
            {
                if (instrument.Name == "quantfunctional.layers.planned")
                    meters.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<long>((_, count, _, _) => layers += count);
        meters.Start();

        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = ModelSource.FromBytes(File.ReadAllBytes(Quantfn.Sample("fashion.onnx")), "traced"),
            Calibration = SampleData.From(Samples(16)),
        });

        Assert.Equal(["load", "prepare", "calibrate", "plan", "check", "write", "quantize"], [.. phases.Where(phase => phase != "refine").Distinct()]);
        Assert.True(layers >= report.Layers.Count);
    }

    private static async IAsyncEnumerable<Sample> Samples(int count)
    {
        using var reader = ArrayFile.Open(Quantfn.Sample("fashion.calibration.npz")).OpenArray("input");
        var pixels = new float[784];
        while (count-- > 0 && reader.TryRead<float>(pixels))
        {
            await Task.Yield();
            yield return new Sample { { "input", pixels, 1, 28, 28 } };
        }
    }

    private sealed class Lines : ILogger
    {
        private readonly System.Text.StringBuilder _text = new();

        public string Text => _text.ToString();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _text.Append(logLevel).Append(": ").Append(formatter(state, exception)).Append('\n');
    }
}

/// <summary>The sample's model in memory, so that nothing is written beside it.</summary>
file static class InMemory
{
    internal static ModelSource AsSource(this string path) => ModelSource.FromBytes(File.ReadAllBytes(path), "fashion");
}
