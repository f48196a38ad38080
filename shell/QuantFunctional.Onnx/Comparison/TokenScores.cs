using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>A decoder's scores for the token behind each of those that it read.</summary>
internal sealed class TokenScores(OrtValue value, string model) : IDisposable
{
    private readonly TensorElementType _type = value.GetTensorTypeAndShape().ElementDataType;

    /// <summary>How many tokens there are to choose from.</summary>
    internal int Choices { get; } = (int)value.GetTensorTypeAndShape().Shape[^1];

    /// <summary>The scores behind a token.</summary>
    /// <exception cref="QuantException">One of them is NaN or infinite.</exception>
    internal double[] Behind(int token)
    {
        var scores = Row(token * Choices);
        return Array.TrueForAll(scores, double.IsFinite)
            ? scores
            : throw Diagnostics.ComparisonFails.Fault(
                $"{model}: the scores behind a token hold NaN or an infinity, so that there is nothing to compare.", file: model);
    }

    /// <summary>Frees the scores.</summary>
    public void Dispose() => value.Dispose();

    private double[] Row(int from) => _type switch
    {
        TensorElementType.Float16 => Array.ConvertAll(Row<Float16>(from), score => (double)score.ToFloat()),
        TensorElementType.BFloat16 => Array.ConvertAll(Row<BFloat16>(from), score => (double)score.ToFloat()),
        _ => Array.ConvertAll(Row<float>(from), score => (double)score),
    };

    private T[] Row<T>(int from)
        where T : unmanaged => value.GetTensorDataAsSpan<T>().Slice(from, Choices).ToArray();
}
