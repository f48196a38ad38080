namespace Shell.Tests.Support;

/// <summary>A folder with the arrays of a layer, and runs of `quantfn plan` on them.</summary>
internal sealed class LayerFiles : IDisposable
{
    /// <summary>What every plan needs besides its weights and its range; `@` stands for the folder.</summary>
    internal const string Input = "--input-step 0.02 --input-zero-point -10";

    /// <summary>A line that is right: 8 output channels of 4 × 3 × 3 weights.</summary>
    internal const string Sound = $"--weight @w.npy --layout OIHW {Input} --output-range=-6,9 -o @plan.json";

    private readonly TemporaryFolder _folder = new();

    internal LayerFiles()
    {
        Floats("w.npy", 8, 4, 3, 3);
        Floats("b.npy", 8);
    }

    internal string PlanPath => _folder.File("plan.json");

    /// <summary>The names of the files in the folder.</summary>
    internal IEnumerable<string> Names => Directory.EnumerateFileSystemEntries(_folder.Path)
        .Select(path => Path.GetFileName(path))
        .Order(StringComparer.Ordinal);

    /// <summary>Numbers between −1 and 1 that look random.</summary>
    internal static float[] Numbers(long count) =>
        [.. Enumerable.Range(0, (int)count).Select(i => ((i * i * 7919) + (i * 31) + 5) % 1009 / 504.0f - 1)];

    /// <summary>Writes such numbers.</summary>
    internal void Floats(string name, params long[] shape) =>
        Write(name, Npy.Of(Numbers(shape.Aggregate(1L, (product, axis) => product * axis)), shape));

    internal string Write(string name, byte[] bytes) => _folder.Write(name, bytes);

    internal string File(string name) => _folder.File(name);

    internal Task<Outcome> PlanAsync(string line) => RunAsync($"plan {line}");

    internal Task<Outcome> RunAsync(string line) => Quantfn.RunAsync(Words(line));

    internal string[] Words(string line) =>
        [.. line.Split(' ').Select(word => word.Replace("@", _folder.Path + "/", StringComparison.Ordinal))];

    public void Dispose() => _folder.Dispose();
}
