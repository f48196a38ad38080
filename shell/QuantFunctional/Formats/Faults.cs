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

    public static QuantException Unreadable(string path, Exception fault) => QuantException.BadInput(
        fault switch
        {
            FileNotFoundException or DirectoryNotFoundException => $"{path}: there is no such file or folder.",
            UnauthorizedAccessException => $"{path}: reading it is not allowed; check its permissions.",
            InvalidDataException => $"{path}: the archive is damaged ({fault.Message.TrimEnd('.')}); write it again.",
            _ => $"{path}: cannot be read ({fault.Message.TrimEnd('.')}).",
        }, fault);
}
