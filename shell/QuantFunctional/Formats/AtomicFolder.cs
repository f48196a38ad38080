namespace QuantFunctional.Formats;

/// <summary>Writes folders that are there whole or not at all.</summary>
public static class AtomicFolder
{
    /// <summary>Fills a temporary folder beside the path and moves it into place.</summary>
    /// <param name="path">The folder to make: it must not exist, or be empty, unless it may be replaced.</param>
    /// <param name="mayReplace">Whether a folder with files may be replaced; asked of each that exists.</param>
    /// <param name="fill">Writes the files into the folder that it is given.</param>
    /// <exception cref="QuantException">
    /// The parent folder is missing, the path is a file, it holds files and may not be replaced, or writing failed;
    /// what was there is left as it was.
    /// </exception>
    public static void Write(string path, Func<string, bool> mayReplace, Action<string> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var (full, parent) = Check(path, mayReplace);
        var temporary = Path.Combine(parent, $".quantfn-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            Place(temporary, full, parent);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw QuantException.Failed($"{path}: cannot be written ({fault.Message.TrimEnd('.')}).", fault);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>Refuses early what <see cref="Write"/> would refuse: for work that takes long before it writes.</summary>
    /// <returns>The whole path, and the folder that it lies in.</returns>
    /// <exception cref="QuantException">As for <see cref="Write"/>.</exception>
    public static (string Full, string Parent) Check(string path, Func<string, bool> mayReplace)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(mayReplace);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(full))
            throw QuantException.BadInput($"{path}: is a file; name a folder to write.");
        if (Path.GetDirectoryName(full) is not { } parent || !Directory.Exists(parent))
            throw QuantException.BadInput($"{path}: the folder that it would lie in does not exist; create it first.");
        if (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any() && !mayReplace(full))
            throw QuantException.BadInput($"{path}: holds files already; replace them with --force, or name another folder.");
        return (full, parent);
    }

    private static void Place(string temporary, string full, string parent)
    {
        if (!Directory.Exists(full))
        {
            Directory.Move(temporary, full);
            return;
        }

        var old = Path.Combine(parent, $".quantfn-{Guid.NewGuid():N}");
        Directory.Move(full, old);
        try
        {
            Directory.Move(temporary, full);
        }
        catch
        {
            Directory.Move(old, full);
            throw;
        }

        Directory.Delete(old, recursive: true);
    }
}
