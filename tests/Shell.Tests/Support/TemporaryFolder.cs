namespace Shell.Tests.Support;

/// <summary>A new folder that goes when the test is over.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("quantfunctional-").FullName;

    internal string File(string name) => Path.Combine(_path, name);

    internal string Write(string name, byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File(name), bytes);
        return File(name);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
