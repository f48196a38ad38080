using System.Security.Cryptography;
using System.Text.Json;
using QuantFunctional.Documents.Json;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>A folder of files that are there whole or not at all, each named by the SHA-256 of what it is of.</summary>
/// <remarks>A search that was killed goes on from them. What is damaged, or is of something else, is as good as not there.</remarks>
internal sealed class WorkFolder
{
    private const long MostBytes = 1 << 26;

    private readonly string? _path;

    /// <summary>Opens the folder, and makes it where it is not there; nothing is kept where there is no path.</summary>
    /// <exception cref="QuantException">It cannot be made.</exception>
    internal WorkFolder(string? path)
    {
        _path = path;
        if (path is null)
            return;
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Diagnostics.TargetNotWritable.Fault(
                $"{path}: the work folder cannot be made ({fault.Message.TrimEnd('.')}); name another with --work.", file: path, inner: fault);
        }
    }

    /// <summary>Refuses early what cannot be a work folder.</summary>
    /// <exception cref="QuantException">It is a file, or there is no folder to make it in.</exception>
    internal static void Check(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(full))
            throw Diagnostics.TargetOfOtherKind.Fault($"{path}: is a file, and the work folder is a folder; name another with --work.", file: path);
        if (Path.GetDirectoryName(full) is { } parent && !Directory.Exists(parent))
            throw Diagnostics.TargetFolderMissing.Fault($"{path}: the folder {parent} does not exist; create it first.", file: path);
    }

    /// <summary>What was kept of something; null where nothing was, or where it is not to be trusted.</summary>
    internal EvaluationJson? Find(IReadOnlyList<string> key)
    {
        if (_path is null || new FileInfo(FileOf(key)) is not { Exists: true, Length: <= MostBytes } file)
            return null;
        try
        {
            var found = DocumentJson.Read<EvaluationJson>(file.FullName, EvaluationJson.FormatName, EvaluationJson.CurrentVersion);
            return found.Key.SequenceEqual(key) && found.Sha256 == Digest(found) ? found : null;
        }
        catch (QuantException)
        {
            return null;
        }
    }

    /// <summary>Keeps something as a file.</summary>
    /// <exception cref="QuantException">It cannot be written.</exception>
    internal void Keep(IReadOnlyList<string> key, MeasuredJson? measured = null, IReadOnlyList<IReadOnlyList<string>>? order = null)
    {
        if (_path is null)
            return;
        var document = new EvaluationJson
        {
            Format = EvaluationJson.FormatName,
            Version = EvaluationJson.CurrentVersion,
            Key = key,
            Sha256 = "",
            Measured = measured,
            Order = order,
        };
        document = document with { Sha256 = Digest(document) };
        AtomicFile.Write(FileOf(key), stream => DocumentJson.Write(stream, document), overwrite: true);
    }

    private string FileOf(IReadOnlyList<string> key) =>
        Path.Combine(_path!, Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(key))) + ".json");

    private static string Digest(EvaluationJson document)
    {
        using var bytes = new MemoryStream();
        DocumentJson.Write(bytes, document with { Sha256 = "" });
        return Convert.ToHexStringLower(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
    }
}
