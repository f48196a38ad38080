using System.IO.Compression;

namespace QuantFunctional.Formats;

/// <summary>The arrays in a .npz archive, a .npy file, or a folder of .npy files or of .npz archives.</summary>
/// <remarks>
/// Opening lists names only; each array's header is read, and checked against what the file holds, when the array is
/// opened. What kind of file it is, is told by its first bytes. Of a folder of archives the arrays of the first one are listed.
/// </remarks>
public sealed class ArrayFile
{
    private const string Extension = ".npy";
    private const string ArchiveExtension = ".npz";
    private readonly Dictionary<string, Func<SampleReader>> _open = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    private ArrayFile(string path, bool isFolder)
    {
        Path = path;
        IsFolder = isFolder;
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>Whether the arrays are the files of a folder.</summary>
    public bool IsFolder { get; }

    /// <summary>What holds samples with all their inputs, one after the other: the archives of a folder; none in all other cases.</summary>
    internal IReadOnlyList<ArrayFile> Parts { get; private set; } = [];

    /// <summary>The arrays' names: an archive's order, or the ordinal order of a folder's file names.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Lists the arrays of an archive, file or folder.</summary>
    /// <exception cref="QuantException">
    /// It does not exist, cannot be read, is neither kind of file, or names an array twice.
    /// </exception>
    public static ArrayFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Faults.Reading(path, () =>
        {
            var file = new ArrayFile(path, Directory.Exists(path));
            if (file.IsFolder)
                file.ListFolder();
            else
                file.ListFile();
            return file;
        });
    }

    /// <summary>Arrays that lie elsewhere.</summary>
    /// <param name="name">What messages call them all.</param>
    /// <param name="arrays">Their names, and what opens each.</param>
    internal static ArrayFile Of(string name, IEnumerable<(string Name, Func<SampleReader> Open)> arrays)
    {
        var file = new ArrayFile(name, isFolder: false);
        foreach (var array in arrays)
            file.Add(array.Name, _ => array.Open());
        return file;
    }

    /// <summary>Such arrays, in which the samples lie in several parts, each of one shape.</summary>
    internal static ArrayFile Of(string name, IReadOnlyList<ArrayFile> parts)
    {
        var file = new ArrayFile(name, isFolder: false);
        file.Take(parts);
        return file;
    }

    /// <summary>Opens an array at its first sample.</summary>
    /// <exception cref="QuantException">There is no such array; its header is damaged, declares more or less than the
    /// file holds, an element type that is not read, or Fortran order.</exception>
    public SampleReader OpenArray(string name) =>
        _open.TryGetValue(name, out var open)
            ? Faults.Reading(Path, open)
            : throw Diagnostics.ArrayMissing.Fault($"{Path}: there is no array `{name}`; it holds {Listing}.", file: Path);

    /// <summary>The names as messages list them.</summary>
    internal string Listing => _names.Count switch
    {
        0 when IsFolder => "no .npy or .npz file, one for each sample or with several samples in each; images (png, jpeg, bmp, webp) are "
            + "read too, in C# with QuantFunctional.Images",
        0 => "no array",
        <= 10 => string.Join(", ", _names.Select(name => $"`{name}`")),
        _ => string.Join(", ", _names.Take(10).Select(name => $"`{name}`")) + ", …",
    };

    private void ListFolder()
    {
        var files = Directory.EnumerateFiles(Path).Order(StringComparer.Ordinal).ToList();
        foreach (var file in files.Where(file => file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)))
            AddFile(file);
        var archives = files.Where(file => file.EndsWith(ArchiveExtension, StringComparison.OrdinalIgnoreCase)).ToList();
        if (archives.Count > 0 && _names.Count > 0)
        {
            throw Diagnostics.ArrayAmbiguous.Fault(
                $"{Path}: the folder holds .npy files and .npz archives, and it is not clear which are the samples: keep the ones or the others.",
                file: Path);
        }

        if (archives.Count > 0)
            Take([.. archives.Select(Open)]);
    }

    private void Take(IReadOnlyList<ArrayFile> parts)
    {
        Parts = parts;
        foreach (var name in parts[0].Names)
            Add(name, parts[0].OpenArray);
    }

    private void ListFile()
    {
        Span<byte> start = stackalloc byte[6];
        using (var stream = File.OpenRead(Path))
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.StartsWith("PK"u8))
            ListArchive();
        else if (start.SequenceEqual(NpyHeader.Magic))
            AddFile(Path);
        else
            throw Diagnostics.NotNpy.Fault($"{Path}: neither .npy nor .npz; write it with numpy.save or numpy.savez.", file: Path);
    }

    private void ListArchive()
    {
        using var archive = ZipFile.OpenRead(Path);
        for (var i = 0; i < archive.Entries.Count; i++)
        {
            var entry = archive.Entries[i].FullName;
            var index = i;
            if (entry.EndsWith(Extension, StringComparison.Ordinal))
                Add(entry[..^Extension.Length], name => NpzEntry.Open(Path, index, name));
        }
    }

    private void AddFile(string file) => Add(System.IO.Path.GetFileNameWithoutExtension(file), name =>
    {
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return SampleReader.Start(stream, stream.Length, file, name);
    });

    private void Add(string name, Func<string, SampleReader> open)
    {
        if (!_open.TryAdd(name, () => open(name)))
            throw Diagnostics.ArrayNamedTwice.Fault($"{Path}: two arrays are called `{name}`; rename one of them.", file: Path);
        _names.Add(name);
    }
}
