using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The arrays that samples lie in, which can be opened again and again.</summary>
internal sealed class SampleArrays : IDisposable
{
    private readonly Func<OnnxModel, ArrayFile> _open;
    private readonly SpooledSamples? _spooled;

    private SampleArrays(SampleData data, Func<OnnxModel, ArrayFile> open, SpooledSamples? spooled = null) =>
        (Name, Path, Feed, _open, _spooled) = (data.Name, data.Path, data.Feed, open, spooled);

    /// <summary>What messages call them.</summary>
    internal string Name { get; }

    /// <summary>Their file or folder; null where a caller gave them one by one.</summary>
    internal string? Path { get; }

    /// <summary>How they are fed.</summary>
    internal SampleFeed Feed { get; }

    /// <summary>What a user should know of how they were made; nothing before they are opened.</summary>
    internal IReadOnlyList<ReportWarning> Warnings { get; private set; } = [];

    /// <summary>What was made of tokens; nothing before they are opened.</summary>
    internal IReadOnlyList<ReportWarning> FromTokens { get; private set; } = [];

    /// <summary>Finds the arrays, or takes them from a sequence.</summary>
    /// <exception cref="QuantException">The samples of a sequence do not fit each other, or there are none.</exception>
    private static async Task<SampleArrays> OfAsync(SampleData data, CancellationToken cancel)
    {
        if (data.Sequence is not { } sequence)
            return Of(data);
        var spooled = await SpooledSamples.OfAsync(sequence, data.Name, cancel).ConfigureAwait(false);
        return Of(data, spooled.Open, spooled);
    }

    /// <summary>Finds the arrays of a file or folder.</summary>
    internal static SampleArrays Of(SampleData data)
    {
        if (data.Made is not { } made)
            return Of(data, () => ArrayFile.Open(data.Path!));
        SampleArrays? arrays = null;
        return arrays = new SampleArrays(data, model =>
        {
            (var file, arrays!.Warnings) = made(FedModel.Inputs(model, data.Feed));
            return file;
        });
    }

    private static SampleArrays Of(SampleData data, Func<ArrayFile> open, SpooledSamples? spooled = null)
    {
        SampleArrays? arrays = null;
        return arrays = new SampleArrays(
            data,
            model =>
            {
                var tokens = new TokenSamples(FedModel.Inputs(model, data.Feed), model);
                var file = tokens.Completed(ArrayChoice.Named(open(), tokens.Inputs, model, data.Array));
                arrays!.Warnings = arrays.FromTokens = tokens.Made();
                return file;
            },
            spooled);
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
    public static implicit operator SampleArrays(string path) => Of(path);

    /// <summary>Lists the arrays.</summary>
    /// <param name="model">The model that they are for, where they are made for it.</param>
    /// <exception cref="QuantException">As of <see cref="ArrayFile.Open"/>.</exception>
    internal ArrayFile Open(OnnxModel model) => _open(model);

    /// <summary>Removes what was kept of a sequence.</summary>
    public void Dispose() => _spooled?.Dispose();
}
