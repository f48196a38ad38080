using Microsoft.ML.OnnxRuntime;

namespace QuantFunctional.Onnx.Model;

/// <summary>Opens sessions of ONNX Runtime, with its refusals as ours.</summary>
internal static class OrtSessions
{
    /// <summary>A session that runs the graph as it stands, on one thread.</summary>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model.</exception>
    internal static InferenceSession OpenUnoptimized(OnnxModel model)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
        };
        // These sessions run once or never, so that packing the weights would be lost work.
        options.AddSessionConfigEntry("session.disable_prepacking", "1");
        return Open(model, options);
    }

    /// <summary>ONNX Runtime's own defaults, without its warnings.</summary>
    /// <param name="threads">Threads inside an operator; 0 for ONNX Runtime's own choice.</param>
    internal static SessionOptions Options(int threads = 0) =>
        new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = threads };

    /// <summary>The defaults for sessions that take turns: no thread of one spins while another one runs.</summary>
    /// <param name="threads">Threads inside an operator; 0 for ONNX Runtime's own choice.</param>
    internal static SessionOptions TakingTurns(int threads = 0)
    {
        var options = Options(threads);
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        return options;
    }

    /// <summary>
    /// Options under which integers run on integer kernels wherever there is one: also signed activations, which x64 takes
    /// only where it can make them unsigned first.
    /// </summary>
    internal static SessionOptions IntegerKernels()
    {
        var options = Options();
        options.AddSessionConfigEntry("session.qdqisint8allowed", "1");
        return options;
    }

    /// <summary>A session that rounds where the graph says so, and computes in float between, as the graph stands.</summary>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model.</exception>
    internal static InferenceSession OpenRounding(OnnxModel model)
    {
        using var options = TakingTurns();
        options.AddSessionConfigEntry("session.disable_quant_qdq", "1");
        return Open(model, options);
    }

    /// <summary>A session with the given options.</summary>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model.</exception>
    internal static InferenceSession Open(OnnxModel model, SessionOptions options)
    {
        NarrowTypes.RefuseAtTheEdges(model);
        try
        {
            return ModelSize.IsPassedThrough(model.Proto) ? ModelOnDisk.Open(model, options) : new InferenceSession(model.ToBytes(), options);
        }
        catch (OnnxRuntimeException e)
        {
            var message = $"{model.Path}: ONNX Runtime does not accept the model: {e.Message}";
            throw Diagnostics.RefusedByOnnxRuntime.Fault(IsOwnFusion(model, e) ? message + OwnFusion : message, file: model.Path, inner: e);
        }
    }

    private const string OwnFusion =
        " This is an operator that ONNX Runtime itself made of conversions, a fault of its own; it loads the model with "
        + "GraphOptimizationLevel.ORT_ENABLE_BASIC or session.disable_quant_qdq=1, or with 8-bit tensors and scalar steps there.";

    private static bool IsOwnFusion(OnnxModel model, OnnxRuntimeException fault) =>
        fault.Message.Contains("QLinear", StringComparison.Ordinal)
        && !model.Graph.Node.Any(node => node.OpType.StartsWith("QLinear", StringComparison.Ordinal));
}
