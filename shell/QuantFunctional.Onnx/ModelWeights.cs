using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.WeightQuantization;

namespace QuantFunctional.Onnx;

/// <summary>What can be proven of models of which the weights alone are integers, whoever made them.</summary>
public static class ModelWeights
{
    /// <summary>Whether a model has a product or an embedding with integer weights.</summary>
    /// <param name="model">The model: its path, the folder of ONNX Runtime GenAI that it lies in, or the model in memory.</param>
    /// <exception cref="QuantException">The model is missing or damaged.</exception>
    public static bool AreIntegers(ModelSource model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return FoundIntegers.Of(OnnxModel.Load(ModelFolder.DecoderOf(model))).Found.Count > 0;
    }

    /// <summary>
    /// Holds the stored integers, steps and zero points of every product and embedding to those of a plan, and their squared error,
    /// block by block, to that of the nearest integers at the same steps.
    /// </summary>
    /// <param name="request">What to verify, against what.</param>
    /// <param name="cancellationToken">Asked before each product.</param>
    /// <exception cref="QuantException">A file is missing or damaged, is no such plan, or there is nothing to verify.</exception>
    public static Task<WeightsVerification> VerifyAsync(VerifyWeightsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Task.Run(() => WeightsVerifier.Verify(request, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Writes the real numbers that the integers stand for, in float32 to the bit that ONNX Runtime's DequantizeLinear gives: one tensor
    /// after the other, none of which is held as a whole.
    /// </summary>
    /// <param name="request">Of which model, and where to.</param>
    /// <param name="cancellationToken">Stops the work; nothing is written then.</param>
    /// <exception cref="QuantException">A file is missing, damaged or in the way, or the model has no such weights.</exception>
    public static Task<WrittenWeights> WriteAsync(WriteWeightsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Task.Run(() => WrittenReals.Write(request, cancellationToken), cancellationToken);
    }
}
