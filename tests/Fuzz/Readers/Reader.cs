namespace QuantFunctional.Fuzz.Readers;

/// <summary>Files that belong together, one of which a reader is given.</summary>
/// <param name="Files">Their names and bytes; the first is the one that is given.</param>
internal sealed record InputFiles(IReadOnlyList<(string Name, byte[] Bytes)> Files)
{
    /// <summary>Writes them into a folder, and gives the path of the first.</summary>
    internal string Write(string folder)
    {
        foreach (var (name, bytes) in Files)
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
        return Path.Combine(folder, Files[0].Name);
    }
}

/// <summary>A reader of files: what it is tried on, and what it does with it.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Weight">How many of a hundred inputs it gets where all readers are tried.</param>
/// <param name="IsNative">Whether it calls ONNX Runtime, whose memory .NET does not count.</param>
/// <param name="Seeds">Sound files, which are changed.</param>
/// <param name="Calls">What is called with the path of the first file, each on its own.</param>
internal sealed record Reader(
    string Name, int Weight, bool IsNative, IReadOnlyList<InputFiles> Seeds, IReadOnlyList<(string Name, Action<string> Run)> Calls);
