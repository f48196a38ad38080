namespace QuantFunctional.Formats;

/// <summary>
/// What files held before others took their place, until all are in place: else they are put back, so that files which belong
/// together stay so.
/// </summary>
internal sealed class ReplacedFiles : IDisposable
{
    private readonly List<(string Path, string? Aside, FileStream? Held)> _files = [];

    /// <summary>Moves a file out of the way, where it is there.</summary>
    /// <exception cref="QuantException">It cannot be moved.</exception>
    internal void SetAside(string full, string path)
    {
        if (!File.Exists(full))
        {
            _files.Add((full, null, null));
            return;
        }

        var aside = Path.Combine(Path.GetDirectoryName(full)!, $"{TemporaryFile.Prefix}{Guid.NewGuid():N}");
        try
        {
            // held, so that no other process takes it for a left-over
            var held = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            _files.Add((full, aside, held));
            File.Move(full, aside);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Diagnostics.TargetNotWritable.Fault(
                $"{path}: cannot be replaced ({fault.Message.TrimEnd('.')}).",
                file: path, inner: fault);
        }
    }

    /// <summary>Lets go of them, since what took their place is whole.</summary>
    internal void Forget()
    {
        foreach (var (_, aside, held) in _files)
        {
            held?.Dispose();
            if (aside is not null)
                Attempt(() => File.Delete(aside));
        }

        _files.Clear();
    }

    /// <summary>Puts back what was not let go of.</summary>
    public void Dispose()
    {
        foreach (var (path, aside, held) in Enumerable.Reverse(_files))
        {
            held?.Dispose();
            Attempt(() =>
            {
                if (aside is null)
                    File.Delete(path);
                else if (File.Exists(aside))
                    File.Move(aside, path, overwrite: true);
            });
        }
    }

    // the failure that led here is the one to report
    private static void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
