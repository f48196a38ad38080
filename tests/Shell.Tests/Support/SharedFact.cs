using Xunit;

namespace Shell.Tests.Support;

/// <summary>A test that reads the folder of real models beside the repository; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute() => Skip = Shared.SkipReason;
}

/// <summary>As <see cref="SharedFactAttribute"/>, with rows of data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute() => Skip = Shared.SkipReason;
}

/// <summary>The folder `shared` beside the repository.</summary>
internal static class Shared
{
    /// <summary>The root of the repository: the folder of the solution.</summary>
    internal static string Repository { get; } = FindRepository();

    private static string Folder => Path.GetFullPath(Path.Combine(Repository, "..", "shared"));

    internal static string? SkipReason =>
        Directory.Exists(Folder) ? null : "the folder 'shared' is not beside the repository";

    /// <summary>A file of the folder `models`.</summary>
    internal static string Model(string name) => File(Path.Combine("models", name));

    /// <summary>A file of the folder, by its path within.</summary>
    internal static string File(string path) => Path.Combine(Folder, path);

    private static string FindRepository()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (System.IO.File.Exists(Path.Combine(folder, "QuantFunctional.sln")))
                return folder;
        }

        throw new InvalidOperationException("QuantFunctional.sln was not found above the tests.");
    }
}
