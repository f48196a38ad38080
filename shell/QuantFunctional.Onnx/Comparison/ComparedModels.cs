using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>A float model and its quantized form, ready to run samples in turns.</summary>
internal sealed class ComparedModels : IDisposable
{
    private ComparedModels(ComparedModel floats, ComparedModel quantized) => (Floats, Quantized) = (floats, quantized);

    /// <summary>The float model.</summary>
    public ComparedModel Floats { get; }

    /// <summary>Its quantized form.</summary>
    public ComparedModel Quantized { get; }

    /// <summary>Opens both at once, since an opening is work for one processor.</summary>
    /// <param name="floatModel">The float model.</param>
    /// <param name="quantizedModel">Its quantized form.</param>
    /// <param name="threads">Threads inside an operator; 0 for ONNX Runtime's own choice.</param>
    /// <exception cref="QuantException">ONNX Runtime does not accept one of them.</exception>
    public static ComparedModels Open(OnnxModel floatModel, OnnxModel quantizedModel, int threads = 0)
    {
        var opening = Task.Run(() => OpenOne(quantizedModel));
        ComparedModel? floats = null;
        try
        {
            floats = OpenOne(WideFloats.Runnable(floatModel));
            return new ComparedModels(floats, opening.GetAwaiter().GetResult());
        }
        catch
        {
            floats?.Dispose();
            _ = opening.ContinueWith(opened => opened.Result.Dispose(), TaskContinuationOptions.OnlyOnRanToCompletion);
            throw;
        }

        ComparedModel OpenOne(OnnxModel model) => new(model, () => OrtSessions.TakingTurns(threads));
    }

    /// <summary>Closes both.</summary>
    public void Dispose()
    {
        Floats.Dispose();
        Quantized.Dispose();
    }
}
