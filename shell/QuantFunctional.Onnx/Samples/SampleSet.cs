using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The samples of a file or folder that are used: all but some.</summary>
/// <param name="Path">A .npz, a .npy, or a folder of .npy files.</param>
/// <param name="Skipped">The indices, from 0, of those that are left out.</param>
internal sealed record SampleSet(string Path, IReadOnlySet<long> Skipped)
{
    /// <summary>Opens them before the first one.</summary>
    /// <exception cref="QuantException">As of <see cref="SampleSource.Open"/>.</exception>
    internal SampleSource Open(OnnxModel model) => SampleSource.Open(Path, model, skipped: Skipped);
}
