using QuantFunctional.Formats;

namespace QuantFunctional.Bench;

/// <summary>The samples of an archive as one array in a file of its own, which is read without unpacking.</summary>
internal static class StoredSamples
{
    /// <summary>Writes the first array that holds no labels.</summary>
    internal static void Write(string archive, string path)
    {
        var file = ArrayFile.Open(archive);
        using var reader = file.OpenArray(file.Names.First(name => name != "labels"));
        var sample = new float[reader.Info.SampleLength];
        var all = new List<float>();
        while (reader.TryRead<float>(sample))
            all.AddRange(sample);
        using var stream = File.Create(path);
        NpyWriter.Write<float>(stream, all.ToArray(), [.. reader.Info.Shape]);
    }
}
