namespace QuantFunctional.Formats;

/// <summary>Writes files that are there whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a temporary file in the same folder and moves it into place.</summary>
    /// <remarks>Several processes that overwrite one path at once all succeed; the last one's file stays.</remarks>
    /// <param name="path">The file to write.</param>
    /// <param name="write">Writes the content; what it throws reaches the caller, and nothing is left behind.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <exception cref="QuantException">
    /// The folder is missing or not writable, the path is a folder, the file exists and may not be replaced, or writing
    /// failed.
    /// </exception>
    public static void Write(string path, Action<Stream> write, bool overwrite)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        var (full, folder) = Destination(path, overwrite);
        var temporary = Path.Combine(folder, $".quantfn-{Guid.NewGuid():N}");
        try
        {
            Fill(temporary, path, folder, write);
            Place(temporary, full, path, overwrite);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Refuses early what <see cref="Write"/> would refuse: for work that takes long before it writes.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <exception cref="QuantException">As for <see cref="Write"/>.</exception>
    public static void Check(string path, bool overwrite)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (_, folder) = Destination(path, overwrite);
        var probe = Path.Combine(folder, $".quantfn-{Guid.NewGuid():N}");
        Create(probe, path, folder).Dispose();
        TryDelete(probe);
    }

    private static (string Full, string Folder) Destination(string path, bool overwrite)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full);
        if (folder is null || Directory.Exists(full))
            throw QuantException.BadInput($"{path}: is a folder; name a file to write.");
        if (!Directory.Exists(folder))
            throw QuantException.BadInput($"{path}: the folder {folder} does not exist; create it first.");
        if (!overwrite && File.Exists(full))
            throw Exists(path, null);
        return (full, folder);
    }

    private static void Fill(string temporary, string path, string folder, Action<Stream> write)
    {
        using var stream = Create(temporary, path, folder);
        try
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        catch (IOException fault)
        {
            throw QuantException.Failed($"{path}: cannot be written ({fault.Message.TrimEnd('.')}).", fault);
        }
    }

    private static FileStream Create(string temporary, string path, string folder)
    {
        try
        {
            return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw QuantException.BadInput(
                $"{path}: nothing can be written in the folder {folder}; name a file elsewhere with -o.", fault);
        }
    }

    private static void Place(string temporary, string full, string path, bool overwrite)
    {
        try
        {
            File.Move(temporary, full, overwrite);
        }
        catch (IOException fault) when (!overwrite && File.Exists(full))
        {
            throw Exists(path, fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw QuantException.BadInput($"{path}: cannot be replaced ({fault.Message.TrimEnd('.')}).", fault);
        }
    }

    private static QuantException Exists(string path, Exception? fault) =>
        QuantException.BadInput($"{path}: exists already; replace it with --force, or name another file with -o.", fault);

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // the failure that led here is the one to report
        }
    }
}
