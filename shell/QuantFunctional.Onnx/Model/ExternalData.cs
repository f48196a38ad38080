using System.Globalization;
using Google.Protobuf;
using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>Reads the weights that a model keeps in files beside it into the model itself.</summary>
internal static class ExternalData
{
    private const long AlwaysRead = 64L << 20;
    private const int MostShared = 16;

    private sealed record Piece(TensorProto Tensor, string File, long Offset, int Length);

    /// <summary>Replaces every reference to external data by the data, which is read when it is looked at where it is large.</summary>
    /// <returns>The files that hold it.</returns>
    /// <exception cref="QuantException">A file is missing, too short or out of place, or a tensor is too large.</exception>
    internal static IReadOnlyList<string> Inline(ModelProto proto, string modelPath)
    {
        var external = GraphWalk.Tensors(proto.Graph)
            .Where(t => t.DataLocation == TensorProto.Types.DataLocation.External)
            .ToList();
        if (external.Count == 0)
            return [];

        // Nothing is read before all sizes are known to be there, so that a lying file cannot take memory.
        var roots = ModelFolders(modelPath);
        var pieces = external.ConvertAll(t => Locate(t, modelPath, roots));
        RefuseOverlaps(pieces, modelPath);
        foreach (var file in pieces.GroupBy(piece => piece.File))
        {
            var stream = ModelFile.Open(file.Key, $"external data of tensor '{file.First().Tensor.Name}'");
            foreach (var place in file.GroupBy(piece => (piece.Offset, piece.Length)))
            {
                // tensors of one place are one place again where they are written
                var bytes = Read(place.First(), stream);
                foreach (var piece in place)
                    Take(piece.Tensor, bytes);
            }

            if (file.All(piece => piece.Length < FileBytes.Smallest))
                stream.Dispose();
        }

        return [.. pieces.Select(piece => piece.File).Distinct()];
    }

    /// <summary>Refuses a model in memory that names external data, since there is no folder in which that could lie.</summary>
    /// <exception cref="QuantException">A tensor has external data.</exception>
    internal static void Refuse(ModelProto proto, string modelName)
    {
        if (GraphWalk.Tensors(proto.Graph)
            .FirstOrDefault(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External) is { } external)
        {
            throw Diagnostics.ExternalDataNotThere.Fault(
                $"{modelName}: tensor '{external.Name}' lies in a file beside the model, which a model in memory does not have; "
                + "name the model's file, or save it with its data inside.",
                file: modelName, node: external.Name);
        }
    }

    // tied weights share their bytes, but not so often that a small file takes the memory of a large one
    private static void RefuseOverlaps(List<Piece> pieces, string modelPath)
    {
        var wanted = pieces.Sum(piece => (long)piece.Length);
        var held = pieces.Select(piece => piece.File).Distinct().Sum(file => new FileInfo(file).Length);
        if (wanted > AlwaysRead && wanted / MostShared > held)
        {
            throw Diagnostics.ExternalDataWrong.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{modelPath}: its tensors take {wanted} bytes of external data, whose files hold {held}, so that each byte is used "
                + $"more than {MostShared} times; export the model again."),
                file: modelPath);
        }
    }

    private static Piece Locate(TensorProto tensor, string modelPath, IReadOnlyList<string> roots)
    {
        var who = $"{modelPath}: tensor '{tensor.Name}'";
        var entries = new Dictionary<string, string>();
        foreach (var entry in tensor.ExternalData)
            entries[entry.Key] = entry.Value;
        if (!entries.TryGetValue("location", out var location) || location.Length == 0)
        {
            throw Diagnostics.ExternalDataWrong.Fault(
                $"{who} has external data without a location; export the model again.",
                file: modelPath, node: tensor.Name);
        }

        var file = Resolve(location, who, modelPath, roots);

        if (IsBeyondOnePiece(tensor))
        {
            throw Diagnostics.ModelTooLarge.Fault(
                $"{who} is larger than 2 GB by itself, which is more than one tensor can have here; split it.",
                file: modelPath, node: tensor.Name);
        }

        using var stream = ModelFile.Open(file, $"external data of tensor '{tensor.Name}' of {modelPath}");
        if (TensorData.ByteCount(tensor) is not { } needed)
        {
            throw Diagnostics.ExternalDataWrong.Fault(
                $"{who} has external data of unknown type or shape; export the model again.",
                file: modelPath, node: tensor.Name);
        }

        var offset = Number(entries, "offset", who) ?? 0;
        var length = Number(entries, "length", who) ?? needed;
        if (length != needed)
        {
            throw Diagnostics.ExternalDataWrong.Fault(
                $"{who} needs {needed} bytes, but its external data declares {length}; export the model again.",
                file: modelPath, node: tensor.Name);
        }

        if (offset > stream.Length || length > stream.Length - offset)
        {
            throw Diagnostics.ExternalDataTruncated.Fault(
                $"{who} needs {length} bytes from {offset} on of {location}, but that has {stream.Length}; copy it.",
                file: modelPath, node: tensor.Name);
        }

        return new Piece(tensor, file, offset, (int)length);
    }

    private static long? Number(Dictionary<string, string> entries, string key, string who)
    {
        if (!entries.TryGetValue(key, out var text))
            return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return value;
        throw Diagnostics.ExternalDataWrong.Fault($"{who} has external data whose {key} is '{text}'; a count of bytes is needed.");
    }

    private static bool IsBeyondOnePiece(TensorProto tensor) =>
        tensor.Dims.All(dim => dim > 0)
        && tensor.Dims.Aggregate(TensorData.ElementBits(tensor.DataType) / 8.0, (bytes, dim) => bytes * dim) > ModelFile.MaxBytes;

    private static ByteString Read(Piece piece, FileStream stream)
    {
        if (piece.Length >= FileBytes.Smallest)
            return FileBytes.Of(stream.SafeFileHandle, piece.File, piece.Offset, piece.Length);
        var bytes = new byte[piece.Length];
        ModelFile.ReadExactly(stream.SafeFileHandle, piece.Offset, bytes, piece.File);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    private static void Take(TensorProto tensor, ByteString bytes)
    {
        tensor.RawData = bytes;
        tensor.ExternalData.Clear();
        tensor.ClearDataLocation();
    }

    private static string Resolve(string location, string who, string modelPath, IReadOnlyList<string> roots)
    {
        var parts = location.Split('/', '\\');
        if (Path.IsPathRooted(location) || parts[0].Length == 0 || parts[0].Contains(':') || location.Contains('\0') || parts.Contains(".."))
            throw Outside(location, who);
        var folder = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;
        var file = Path.Combine(folder, location);
        var real = RealPath(file);
        if (!roots.Any(root => real.StartsWith(root, StringComparison.Ordinal)))
            throw Outside(location, who);
        return file;
    }

    private static QuantException Outside(string location, string who) =>
        Diagnostics.ExternalDataElsewhere.Fault(
            $"{who} has external data outside the model's folder ('{location}'); put the file beside the model.");

    // The folder in which the model is named, and the one in which it lies when the name is a link: download caches
    // link a model and its data to the same folder of contents.
    private static IReadOnlyList<string> ModelFolders(string modelPath)
    {
        var full = Path.GetFullPath(modelPath);
        return [WithSeparator(RealPath(Path.GetDirectoryName(full)!)),
            WithSeparator(Path.GetDirectoryName(RealPath(full))!)];
    }

    private static string WithSeparator(string folder) =>
        folder.EndsWith(Path.DirectorySeparatorChar) ? folder : folder + Path.DirectorySeparatorChar;

    /// <summary>The path with every link on the way followed; parts that do not exist stay as they are.</summary>
    internal static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        var real = Path.GetPathRoot(full)!;
        var parts = full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        foreach (var part in parts)
        {
            var next = Path.Combine(real, part);
            FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            try
            {
                // The target of a link may itself lie behind a linked folder.
                var isLink = info.LinkTarget is not null;
                real = isLink ? RealPath(info.ResolveLinkTarget(returnFinalTarget: true)!.FullName) : next;
            }
            catch (IOException e)
            {
                throw Diagnostics.LinkLeadsNowhere.Fault($"{next}: a link that leads nowhere: {e.Message}", file: next, inner: e);
            }
        }

        return real;
    }
}
