using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The arrays that samples lie in, which can be opened again and again.</summary>
internal sealed class SampleArrays : IDisposable
{
    private readonly Func<ArrayFile> _open;
    private readonly SpooledSamples? _spooled;

    private SampleArrays(string name, string? path, Func<ArrayFile> open, SpooledSamples? spooled = null) =>
        (Name, Path, _open, _spooled) = (name, path, open, spooled);

    /// <summary>What messages call them.</summary>
    internal string Name { get; }

    /// <summary>Their file or folder; null where a caller gave them one by one.</summary>
    internal string? Path { get; }

    /// <summary>Finds the arrays, or takes them from a sequence.</summary>
    /// <exception cref="QuantException">The samples of a sequence do not fit each other, or there are none.</exception>
    private static async Task<SampleArrays> OfAsync(SampleData data, CancellationToken cancel)
    {
        if (data.Sequence is not { } sequence)
            return data.Path!;
        var spooled = await SpooledSamples.OfAsync(sequence, data.Name, cancel).ConfigureAwait(false);
        return new SampleArrays(data.Name, null, spooled.Open, spooled);
    }

    /// <summary>Takes the samples, works with them on a thread of the pool, and removes what was kept of them.</summary>
    /// <exception cref="QuantException">As of <see cref="OfAsync"/>, or the work's own.</exception>
    internal static Task<T> UsedAsync<T>(SampleData data, Func<SampleArrays, T> work, CancellationToken cancel) =>
        UsedAsync(data, null, (samples, _) => work(samples!), cancel);

    /// <summary>As with one, for two that may be missing; the work gets null for one that is.</summary>
    internal static async Task<T> UsedAsync<T>(
        SampleData? first, SampleData? second, Func<SampleArrays?, SampleArrays?, T> work, CancellationToken cancel)
    {
        using var one = first is null ? null : await OfAsync(first, cancel).ConfigureAwait(false);
        using var other = second is null ? null : await OfAsync(second, cancel).ConfigureAwait(false);
        return await Task.Run(() => work(one, other), cancel).ConfigureAwait(false);
    }

    /// <summary>The arrays of a file or folder.</summary>
    public static implicit operator SampleArrays(string path) => new(path, path, () => ArrayFile.Open(path));

    /// <summary>Lists the arrays.</summary>
    /// <exception cref="QuantException">As of <see cref="ArrayFile.Open"/>.</exception>
    internal ArrayFile Open() => _open();

    /// <summary>Removes what was kept of a sequence.</summary>
    public void Dispose() => _spooled?.Dispose();
}
