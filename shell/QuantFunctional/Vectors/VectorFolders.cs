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

        if (!entries.Any(Directory.Exists))
            throw QuantException.BadInput($"{folder}: holds files that are no vectors, which --force does not replace.");
        if (entries.FirstOrDefault(File.Exists) is { } file)
            throw Stray(folder, Path.GetFileName(file));
        return entries.TrueForAll(entry => File.Exists(Path.Combine(entry, VectorManifest.FileName))
            ? HoldsVectorsAlone(entry)
            : throw QuantException.BadInput($"{entry}: holds files that are no vectors, which --force does not replace."));
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
            throw new QuantException(fault.Kind, $"layer {layer.Name}: {fault.Message}", fault);
        }
    }

    private static QuantException Stray(string folder, string name) =>
        QuantException.BadInput($"{folder}: holds {name} too, which --force does not replace; move it away.");
}
