using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Copies what surrounds a model.</summary>
internal static class CopiedFolder
{
    /// <summary>Refuses a folder with links to other folders, which may hold anything, and each other.</summary>
    /// <exception cref="QuantException">There is one.</exception>
    internal static void RefuseLinks(string folder)
    {
        foreach (var inner in new DirectoryInfo(folder).EnumerateDirectories())
        {
            if (inner.LinkTarget is not null)
            {
                throw Diagnostics.FolderNotUnderstood.Fault(
                    $"{inner.FullName}: a link to a folder; put the folder itself there, or take the link out.", file: inner.FullName);
            }

            RefuseLinks(inner.FullName);
        }
    }

    /// <summary>Copies all files, those of inner folders too, but for the model and its data; what a link names is copied as a file.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">The folder that takes the copies.</param>
    /// <param name="model">The model.</param>
    /// <param name="data">The files of its data: what other models of the folder read, too, is copied with them.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>The paths of the copied files within the folder.</returns>
    /// <exception cref="QuantException">One of them has the name of a file that was made.</exception>
    internal static IReadOnlyList<string> Copy(string from, string to, string model, IReadOnlyList<string> data, CancellationToken cancel)
    {
        var shared = SharedData.Of(from, model, data);
        var left = data.Select(Path.GetFullPath).Except(shared.Keys).Append(Path.GetFullPath(model)).ToHashSet();
        var copied = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Path.GetFullPath(from), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            if (left.Contains(file))
                continue;
            var name = Path.GetRelativePath(Path.GetFullPath(from), file);
            var target = Path.Combine(to, name);
            if (File.Exists(target))
            {
                throw Diagnostics.ResultsCollide.Fault(
                    shared.TryGetValue(file, out var reader)
                        ? $"{file}: {reader} reads its weights from it, too, and the result's weights take its name. Save that model with data of its own."
                        : $"{file}: the model does not use it, and the result's weights take its name. Move it out of the folder, or rename it.",
                    file: file);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using (var source = ModelFile.Open(file, "a file of the folder"))
            using (var made = new FileStream(target, FileMode.CreateNew, FileAccess.Write))
                source.CopyTo(made);
            copied.Add(name.Replace(Path.DirectorySeparatorChar, '/'));
        }

        return copied;
    }
}
