namespace QuantFunctional.Images;

/// <summary>The images of a folder, in the ordinal order of their paths, with the classes that its subfolders are.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Files">The images.</param>
/// <param name="Labels">The class of each, the index of its subfolder among all; null where the images lie in the folder itself.</param>
internal sealed record ImageFolder(string Path, IReadOnlyList<string> Files, IReadOnlyList<long>? Labels)
{
    private static readonly string[] Read = [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp"];
    private static readonly string[] NotRead =
        [".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".tga", ".pbm", ".pgm", ".ppm", ".svg", ".ico", ".psd", ".dng"];
    private static readonly string[] Arrays = [".npy", ".npz"];

    /// <summary>Whether a path is a folder that holds images, and no arrays.</summary>
    internal static bool Is(string path) =>
        Directory.Exists(path)
        && !Directory.EnumerateFiles(path).Any(file => Has(file, Arrays))
        && Faults(path, () => Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Any(file => Has(file, Read) || Has(file, NotRead)));

    /// <summary>Lists a folder.</summary>
    /// <exception cref="QuantException">It does not exist, cannot be read, holds no image, or some of a kind that is not read.</exception>
    internal static ImageFolder Open(string path)
    {
        var all = Faults(path, () => Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(path, file).Replace(System.IO.Path.DirectorySeparatorChar, '/'))
            .Where(file => !file.Split('/').Any(part => part.StartsWith('.')))
            .Order(StringComparer.Ordinal)
            .ToList());
        if (all.Find(file => Has(file, NotRead)) is { } other)
        {
            throw Diagnostics.ImageUnreadable.Fault(
                $"{System.IO.Path.Combine(path, other)}: an image of a kind that is not read; png, jpeg, bmp and webp are. Convert it, or take it out.",
                file: System.IO.Path.Combine(path, other));
        }

        var images = all.Where(file => Has(file, Read)).ToList();
        if (images.Count == 0)
            throw Diagnostics.NoSamples.Fault($"{path}: the folder holds no image; png, jpeg, bmp and webp are read.", file: path);
        var inFolders = images.Count(file => file.Contains('/'));
        if (inFolders > 0 && inFolders < images.Count)
        {
            throw Diagnostics.ImageFolderUnclear.Fault(
                $"{path}: {images.Count - inFolders} images lie in the folder itself and {inFolders} in subfolders, which are classes: "
                + "put all of them into the folder, or all into subfolders.",
                file: path);
        }

        var files = images.Select(file => System.IO.Path.Combine(path, file)).ToList();
        if (inFolders == 0)
            return new ImageFolder(path, files, null);
        var classes = Directory.EnumerateDirectories(path)
            .Select(folder => System.IO.Path.GetFileName(folder))
            .Where(folder => !folder.StartsWith('.'))
            .Order(StringComparer.Ordinal)
            .ToList();
        return new ImageFolder(path, files, [.. images.Select(file => (long)classes.IndexOf(file[..file.IndexOf('/', StringComparison.Ordinal)]))]);
    }

    private static bool Has(string file, string[] extensions) =>
        extensions.Contains(System.IO.Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    private static T Faults<T>(string path, Func<T> read) => Formats.Faults.Reading(path, read);
}
