using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace QuantFunctional.Onnx;

/// <summary>What .NET's tracing and metrics can hear of this library; nothing is measured where nobody listens.</summary>
/// <remarks>
/// An activity for each phase of a quantization (<c>load</c>, <c>prepare</c>, <c>calibrate</c>, <c>plan</c>, <c>write</c>,
/// <c>check</c>, <c>compare</c>) within one that is called <c>quantize</c>, with the model's name in the tag <c>model</c>.
/// Instruments: <c>quantfunctional.phase.duration</c> (seconds, by <c>phase</c>), <c>quantfunctional.layers.planned</c>,
/// <c>quantfunctional.planning.retries</c>, <c>quantfunctional.nodes.left_in_float</c>.
/// </remarks>
public static class Telemetry
{
    /// <summary>The name of the <see cref="ActivitySource"/> and of the <see cref="Meter"/>.</summary>
    public const string SourceName = "QuantFunctional.Onnx";

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly Meter Meter = new(SourceName);
    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>(
        "quantfunctional.phase.duration", "s", "How long a phase of a quantization takes.");

    private static readonly Counter<long> Layers = Meter.CreateCounter<long>(
        "quantfunctional.layers.planned", "{layer}", "Layers that became integers.");

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        "quantfunctional.planning.retries", "{retry}", "How often planning of a layer started again.");

    private static readonly Counter<long> Floats = Meter.CreateCounter<long>(
        "quantfunctional.nodes.left_in_float", "{node}", "Nodes that stay in float.");

    /// <summary>Begins a phase, which ends when what is returned is disposed of.</summary>
    internal static Phase Begin(string phase, string model)
    {
        var activity = Source.StartActivity(phase);
        activity?.SetTag("model", model);
        return new Phase(phase, activity);
    }

    /// <summary>Counts what a quantization did.</summary>
    internal static void Count(QuantizationReport report)
    {
        Layers.Add(report.Layers.Count + report.WeightOnlyLayers.Count);
        Retries.Add(report.Layers.Sum(layer => layer.Retries));
        Floats.Add(report.LeftInFloat.Count);
    }

    /// <summary>A phase that is going on.</summary>
    internal readonly struct Phase(string name, Activity? activity) : IDisposable
    {
        private readonly long _began = Stopwatch.GetTimestamp();

        /// <inheritdoc/>
        public void Dispose()
        {
            Durations.Record(Stopwatch.GetElapsedTime(_began).TotalSeconds, new KeyValuePair<string, object?>("phase", name));
            activity?.Dispose();
        }
    }
}
