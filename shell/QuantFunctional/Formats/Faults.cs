namespace QuantFunctional.Formats;

/// <summary>Turns the exceptions of a file system and of an unpacker into this library's own.</summary>
internal static class Faults
{
    public static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (IsExpected(fault))
        {
            throw Unreadable(path, fault);
        }
    }

    public static bool IsExpected(Exception fault) =>
        fault is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException;

    public static QuantException Unreadable(string path, Exception fault)
    {
        var (cause, message) = fault switch
        {
            FileNotFoundException or DirectoryNotFoundException => (Diagnostics.FileMissing, "there is no such file or folder"),
            UnauthorizedAccessException => (Diagnostics.FileNotAllowed, "reading it is not allowed; check its permissions"),
            InvalidDataException => (Diagnostics.ArchiveDamaged,
                $"the archive is damaged ({fault.Message.TrimEnd('.')}); write it again"),
            _ => (Diagnostics.FileUnreadable, $"cannot be read ({fault.Message.TrimEnd('.')})"),
        };
        return cause.Fault($"{path}: {message}.", file: path, inner: fault);
    }
}
