using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The samples that are used: all but some.</summary>
/// <param name="Arrays">The arrays that they lie in.</param>
/// <param name="Skipped">The indices, from 0, of those that are left out.</param>
/// <param name="Shard">The part of them that is used; all where null.</param>
/// <param name="Holds">Which of those are used, by index and by how many there are in all; all where null.</param>
internal sealed record SampleSet(
    SampleArrays Arrays, IReadOnlySet<long> Skipped, DataShard? Shard = null, Func<long, long, bool>? Holds = null)
{
    /// <summary>Opens them before the first one.</summary>
    /// <exception cref="QuantException">As of <see cref="SampleSource.Open"/>.</exception>
    internal SampleSource Open(OnnxModel model) => SampleSource.Open(Arrays, model, skipped: Skipped, shard: Shard, holds: Holds);
}
