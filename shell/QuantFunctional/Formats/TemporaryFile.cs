namespace QuantFunctional.Formats;

/// <summary>
/// A file under a name of its own until it is moved into place. It is locked as long as it is held, so that what nobody holds
/// was left by a process that was killed.
/// </summary>
internal sealed class TemporaryFile : IDisposable
{
    internal const string Prefix = ".quantfn-";
    private const int Attempts = 20;

    // Whoever reads it right after it was moved is not in the way, and Windows moves what is shared for that alone.
    private const FileShare Sharing = FileShare.Read | FileShare.Delete;

    private bool _isMoved;

    private TemporaryFile(string path, FileStream stream)
    {
        Path = path;
        Stream = stream;
    }

    /// <summary>Where it is until it is moved.</summary>
    internal string Path { get; }

    /// <summary>Takes the content.</summary>
    internal FileStream Stream { get; }

    /// <summary>Makes a file in a folder, and tidies up there what nobody holds.</summary>
    /// <exception cref="IOException">Nothing can be written there.</exception>
    /// <exception cref="UnauthorizedAccessException">Nothing may be written there.</exception>
    internal static TemporaryFile Create(string folder)
    {
        var made = New(folder);
        LeftOvers.Sweep(folder, made.Path);
        return made;
    }

    /// <summary>Gives the file its name, and lets go of it.</summary>
    internal void MoveTo(string path, bool overwrite)
    {
        Stream.Flush();
        File.Move(Path, path, overwrite);
        _isMoved = true;
        Stream.Dispose();
    }

    /// <summary>Lets go of the file, and removes it unless it was moved.</summary>
    public void Dispose()
    {
        if (_isMoved)
            return;
        TryDelete(Path);
        Stream.Dispose();
    }

    /// <summary>Whether a name is one that is given here.</summary>
    internal static bool IsName(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && Guid.TryParseExact(name[Prefix.Length..], "N", out var id)
        && name == $"{Prefix}{id:N}";

    // between being made and being locked, a file looks as if nobody held it, and may have been removed
    private static TemporaryFile New(string folder)
    {
        for (var attempt = 1; ; attempt++)
        {
            var path = System.IO.Path.Combine(folder, $"{Prefix}{Guid.NewGuid():N}");
            try
            {
                var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, Sharing);
                if (File.Exists(path))
                    return new TemporaryFile(path, stream);
                stream.Dispose();
                if (attempt == Attempts)
                    throw new IOException($"files of {folder} are removed as soon as they are made");
            }
            catch (IOException) when (attempt < Attempts && Directory.Exists(folder))
            {
                TryDelete(path);
            }
        }
    }

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
