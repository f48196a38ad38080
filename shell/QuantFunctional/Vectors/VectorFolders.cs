using System.Globalization;
using QuantFunctional.Documents;

namespace QuantFunctional.Vectors;

/// <summary>What folders of vectors are called, and which of them may be replaced.</summary>
internal static class VectorFolders
{
    private const int LongestName = 100;

    /// <summary>Numbered, so that folders stand in the order of the plan, and no two names fall together.</summary>
    internal static string NameOf(int index, NamedPlan layer)
    {
        var name = string.Concat(layer.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
        return string.Create(CultureInfo.InvariantCulture, $"{index:D3}_{name[..Math.Min(LongestName, name.Length)]}");
    }

    /// <summary>True of a folder that holds the vectors of a layer, or folders of such vectors, and nothing else.</summary>
    /// <exception cref="QuantException">It holds something else, which the message names.</exception>
    internal static bool HoldsVectorsAlone(string folder)
    {
        var entries = Directory.EnumerateFileSystemEntries(folder).ToList();
        if (File.Exists(Path.Combine(folder, VectorManifest.FileName)))
        {
            var known = VectorManifest.Read(folder).Files.Select(file => file.File).Append(VectorManifest.FileName);
            return entries.Select(Path.GetFileName).Except(known).FirstOrDefault() is { } stray
                ? throw Stray(folder, stray)
                : true;
        }

        return entries.Find(entry => !IsOfLayer(entry)) is { } other
            ? throw Diagnostics.FolderHoldsOthers.Fault(
                $"{folder}: holds {Path.GetFileName(other)}, which is no vectors, so that --force does not replace it; move it away.",
                file: folder)
            : entries.TrueForAll(HoldsVectorsAlone);
    }

    // a number of three digits or more, and then the name
    private static bool IsOfLayer(string entry)
    {
        var digits = Path.GetFileName(entry).TakeWhile(char.IsAsciiDigit).Count();
        return digits >= 3 && Path.GetFileName(entry)[digits..].StartsWith('_')
            && File.Exists(Path.Combine(entry, VectorManifest.FileName));
    }

    /// <summary>What is made of a layer, whose name is put before what is wrong with it.</summary>
    internal static T Naming<T>(NamedPlan layer, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (QuantException fault)
        {
            throw fault.Retold($"layer {layer.Name}: {fault.Message}", node: layer.Name);
        }
    }

    private static QuantException Stray(string folder, string name) =>
        Diagnostics.FolderHoldsOthers.Fault($"{folder}: holds {name} too, which --force does not replace; move it away.", file: folder);
}
