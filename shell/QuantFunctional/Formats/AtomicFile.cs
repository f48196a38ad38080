namespace QuantFunctional.Formats;

/// <summary>Writes files that are there whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a temporary file in the same folder and moves it into place.</summary>
    /// <remarks>
    /// Several processes that overwrite one path at once all succeed; the last one's file stays. What a process that was
    /// killed left in the folder is removed.
    /// </remarks>
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
        Write([new FileToWrite(path, write)], overwrite);
    }

    /// <summary>
    /// Writes files that belong together: each is whole before the first one is moved into place, and they are moved in
    /// order, so that the last one is new only where all are. Where one cannot be moved, those before it are put back.
    /// </summary>
    /// <exception cref="QuantException">As for one file.</exception>
    internal static void Write(IReadOnlyList<FileToWrite> files, bool overwrite)
    {
        var temporaries = new List<TemporaryFile>();
        using var replaced = new ReplacedFiles();
        try
        {
            foreach (var file in files)
                temporaries.Add(file.Filled ?? Fill(file, overwrite));
            foreach (var (file, temporary) in files.Zip(temporaries))
            {
                if (file != files[^1])
                    replaced.SetAside(Path.GetFullPath(file.Path), file.Path);
                Place(temporary, Path.GetFullPath(file.Path), file.Path, overwrite);
            }

            replaced.Forget();
        }
        finally
        {
            foreach (var temporary in temporaries)
                temporary.Dispose();
        }
    }

    /// <summary>A file that is filled step by step, and handed to <see cref="Write(IReadOnlyList{FileToWrite}, bool)"/> when it is whole.</summary>
    /// <exception cref="QuantException">As for one file.</exception>
    internal static TemporaryFile Begin(string path, bool overwrite) => Create(path, Folder(path, overwrite));

    /// <summary>Refuses early what <see cref="Write(string, Action{Stream}, bool)"/> would refuse: for work that takes long before it writes.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <exception cref="QuantException">As for writing.</exception>
    public static void Check(string path, bool overwrite)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Create(path, Folder(path, overwrite)).Dispose();
    }

    private static string Folder(string path, bool overwrite)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full);
        if (folder is null || Directory.Exists(full))
            throw Diagnostics.TargetOfOtherKind.Fault($"{path}: is a folder; name a file to write.", file: path);
        if (!Directory.Exists(folder))
            throw Diagnostics.TargetFolderMissing.Fault($"{path}: the folder {folder} does not exist; create it first.", file: path);
        if (!overwrite && File.Exists(full))
            throw Exists(path, null);
        return folder;
    }

    private static TemporaryFile Fill(FileToWrite file, bool overwrite)
    {
        var temporary = Create(file.Path, Folder(file.Path, overwrite));
        try
        {
            file.Write(temporary.Stream);
            temporary.Stream.Flush(flushToDisk: true);
            return temporary;
        }
        catch (Exception fault)
        {
            temporary.Dispose();
            if (fault is IOException)
            {
                throw Diagnostics.WriteFailed.Fault(
                    $"{file.Path}: cannot be written ({fault.Message.TrimEnd('.')}).",
                    file: file.Path, inner: fault);
            }

            throw;
        }
    }

    private static TemporaryFile Create(string path, string folder)
    {
        try
        {
            return TemporaryFile.Create(folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Diagnostics.TargetNotWritable.Fault(
                $"{path}: nothing can be written in the folder {folder}; name a file elsewhere with -o.",
                file: path, inner: fault);
        }
    }

    private static void Place(TemporaryFile temporary, string full, string path, bool overwrite)
    {
        try
        {
            temporary.MoveTo(full, overwrite);
        }
        catch (IOException fault) when (!overwrite && File.Exists(full))
        {
            throw Exists(path, fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Diagnostics.TargetNotWritable.Fault(
                $"{path}: cannot be replaced ({fault.Message.TrimEnd('.')}).",
                file: path, inner: fault);
        }
    }

    private static QuantException Exists(string path, Exception? fault) =>
        Diagnostics.FileExists.Fault(
            $"{path}: exists already; replace it with --force, or name another file with -o.",
            file: path, inner: fault);
}

/// <summary>A file, and what writes its content.</summary>
/// <param name="Path">The file.</param>
/// <param name="Write">Writes the content.</param>
internal sealed record FileToWrite(string Path, Action<Stream> Write)
{
    /// <summary>The content, where it was written before.</summary>
    internal TemporaryFile? Filled { get; init; }
}
