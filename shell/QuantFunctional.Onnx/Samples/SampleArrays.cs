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
    internal static async Task<SampleArrays> OfAsync(SampleData data, CancellationToken cancel)
    {
        if (data.Sequence is not { } sequence)
            return data.Path!;
        var spooled = await SpooledSamples.OfAsync(sequence, data.Name, cancel).ConfigureAwait(false);
        return new SampleArrays(data.Name, null, spooled.Open, spooled);
    }

    /// <summary>As of <see cref="OfAsync"/>; null where there are no samples.</summary>
    internal static async Task<SampleArrays?> OfOptionalAsync(SampleData? data, CancellationToken cancel) =>
        data is null ? null : await OfAsync(data, cancel).ConfigureAwait(false);

    /// <summary>The arrays of a file or folder.</summary>
    public static implicit operator SampleArrays(string path) => new(path, path, () => ArrayFile.Open(path));

    /// <summary>Lists the arrays.</summary>
    /// <exception cref="QuantException">As of <see cref="ArrayFile.Open"/>.</exception>
    internal ArrayFile Open() => _open();

    /// <summary>Removes what was kept of a sequence.</summary>
    public void Dispose() => _spooled?.Dispose();
}
