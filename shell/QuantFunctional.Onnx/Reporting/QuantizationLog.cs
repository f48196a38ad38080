using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>What a quantization tells a logger: where it stands, what stays in float and why, and every warning.</summary>
internal sealed partial class QuantizationLog(ILogger? logger)
{
    private readonly ILogger _logger = logger ?? NullLogger.Instance;

    [LoggerMessage(1, LogLevel.Information, "{Model} is read: {Nodes} nodes, opset {Opset}")]
    internal partial void Read(string model, int nodes, long opset);

    [LoggerMessage(2, LogLevel.Information, "{Model} ran on {Samples} samples; {Tensors} tensors were observed")]
    internal partial void Calibrated(string model, long samples, int tensors);

    /// <summary>Tells the result: the layers and what stays in float for whoever debugs, warnings for everybody.</summary>
    internal void Finished(QuantizationReport report)
    {
        var name = report.OutputPath ?? report.QuantizedModel.Name;
        foreach (var layer in report.Layers)
            Planned(layer.Name, layer.Operator, layer.Precision, layer.BitsGivenUp, layer.Retries);
        foreach (var node in report.LeftInFloat)
            LeftInFloat(node.Name, node.Operator, node.Reason);
        foreach (var warning in report.LayerWarnings)
            WarnedLayers(name, warning.Layers.Count, warning.Cause, warning.Remedy, warning.Code);
        foreach (var warning in report.Warnings)
            Warned(name, warning.Code, warning.Message);
        Written(name, report.Layers.Count + report.WeightOnlyLayers.Count, report.BytesBefore, report.BytesAfter);
    }

    [LoggerMessage(3, LogLevel.Debug, "Layer {Layer} ({Operator}) is planned with {Precision}: {Bits} bits given up, {Retries} retries")]
    private partial void Planned(string layer, string @operator, Precision precision, int bits, int retries);

    [LoggerMessage(4, LogLevel.Debug, "Node {Node} ({Operator}) stays in float: {Reason}")]
    private partial void LeftInFloat(string node, string @operator, string reason);

    [LoggerMessage(5, LogLevel.Warning, "{Model}: {Message} [{Code}]")]
    private partial void Warned(string model, string code, string message);

    [LoggerMessage(6, LogLevel.Warning, "{Model}: {Layers} layers: {Cause}; {Remedy} [{Code}]")]
    private partial void WarnedLayers(string model, int layers, string cause, string remedy, string code);

    [LoggerMessage(7, LogLevel.Information, "{Model} has {Layers} layers of integers, and {After} instead of {Before} bytes")]
    private partial void Written(string model, int layers, long before, long after);
}
