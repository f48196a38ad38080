namespace QuantFunctional.Formats;

/// <summary>What processes that were killed left in a folder: temporary files that nobody holds, and folders beside them.</summary>
internal static class LeftOvers
{
    /// <summary>Removes what nobody holds, and puts a folder back that was moved aside and never replaced.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="held">A temporary file of it that this process holds.</param>
    internal static void Sweep(string folder, string held)
    {
        // where a file that is held can be opened all the same, locks say nothing
        if (IsHeldByNobody(held))
            return;
        Attempt(() =>
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles(TemporaryFile.Prefix + "*"))
            {
                if (file.LinkTarget is null && TemporaryFile.IsName(file.Name))
                    Attempt(() => Remove(file.FullName));
            }
        });
    }

    private static bool IsHeldByNobody(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None, bufferSize: 0).Dispose();
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Remove(string path)
    {
        using var file = new FileStream(
            path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        AtomicFolder.TidyUp(path, file);
    }

    // what cannot be looked at or removed is left to whoever can
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
