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
        try
        {
            using var claim = TemporaryFile.Create(parent);
            try
            {
                Directory.CreateDirectory(NewOf(claim.Path));
                fill(NewOf(claim.Path));
                Place(claim, full);
            }
            finally
            {
                Delete(NewOf(claim.Path));
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Diagnostics.WriteFailed.Fault($"{path}: cannot be written ({fault.Message.TrimEnd('.')}).", file: path, inner: fault);
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
            throw Diagnostics.TargetOfOtherKind.Fault($"{path}: is a file; name a folder to write.", file: path);
        if (Path.GetDirectoryName(full) is not { } parent || !Directory.Exists(parent))
        {
            throw Diagnostics.TargetFolderMissing.Fault(
                $"{path}: the folder that it would lie in does not exist; create it first.",
                file: path);
        }

        Sweep(path, parent);
        if (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any() && !mayReplace(full))
        {
            throw Diagnostics.FileExists.Fault(
                $"{path}: holds files already; replace them with --force, or name another folder.",
                file: path);
        }

        return (full, parent);
    }

    /// <summary>
    /// Ends what a process that was killed had begun: its new folder goes, and the old one too, unless it was moved aside and
    /// nothing took its place.
    /// </summary>
    /// <param name="claim">The temporary file that the process held.</param>
    /// <param name="content">What it wrote into it: the name of the folder that it was about to replace.</param>
    internal static void TidyUp(string claim, Stream content)
    {
        Delete(NewOf(claim));
        if (!Directory.Exists(OldOf(claim)))
            return;
        using var reader = new StreamReader(content, leaveOpen: true);
        var name = reader.ReadToEnd();
        var replaced = Path.Combine(Path.GetDirectoryName(claim)!, Path.GetFileName(name));
        if (name.Length > 0 && !Path.Exists(replaced))
            Directory.Move(OldOf(claim), replaced);
        else
            Delete(OldOf(claim));
    }

    private static void Place(TemporaryFile claim, string full)
    {
        var (made, old) = (NewOf(claim.Path), OldOf(claim.Path));
        if (!Directory.Exists(full))
        {
            Directory.Move(made, full);
            return;
        }

        claim.Stream.Write(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(full)));
        claim.Stream.Flush(flushToDisk: true);
        Directory.Move(full, old);
        try
        {
            Directory.Move(made, full);
        }
        catch
        {
            Directory.Move(old, full);
            throw;
        }

        Delete(old);
    }

    private static void Sweep(string path, string parent)
    {
        try
        {
            TemporaryFile.Create(parent).Dispose();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Diagnostics.TargetNotWritable.Fault(
                $"{path}: nothing can be written in the folder {parent}; name a folder elsewhere with -o.",
                file: path, inner: fault);
        }
    }

    private static string NewOf(string claim) => claim + ".new";

    private static string OldOf(string claim) => claim + ".old";

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
