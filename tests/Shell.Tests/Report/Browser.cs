using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Shell.Tests.Report;

/// <summary>A test in a browser; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Browser.Program is null ? "no Chromium is installed (apt-get install chromium-headless-shell)" : null;
}

/// <summary>A page as Chromium has it once its scripts have run.</summary>
/// <param name="Document">The document, plots included.</param>
/// <param name="Console">What the console says.</param>
internal sealed record Browser(string Document, IReadOnlyList<string> Console)
{
    private static readonly string[] Names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

    /// <summary>The browser; null where there is none.</summary>
    internal static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
        .Where(File.Exists)
        .OrderBy(path => Array.IndexOf(Names, Path.GetFileName(path)))
        .FirstOrDefault();

    /// <summary>Opens a page.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dark">Whether the reader's system asks for dark pages.</param>
    internal static async Task<Browser> OpenAsync(string path, bool dark)
    {
        var start = new ProcessStartInfo(Program!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=20000", "--window-size=1200,900",
            $"--blink-settings=preferredColorScheme={(dark ? 0 : 1)}", "--dump-dom", new Uri(path).AbsoluteUri,
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (document, log) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(patience.Token);
        return new Browser(await document, [.. (await log).Split('\n').Where(line => line.Contains(":CONSOLE", StringComparison.Ordinal))]);
    }

    /// <summary>How many bars and points each plot has, by its id.</summary>
    internal IReadOnlyList<(string Plot, int Points)> Points =>
    [
        .. Regex.Matches(Document, "<figure id=\"(plot-[^\"]+)\"(.*?)</figure>", RegexOptions.Singleline)
            .Select(figure => (figure.Groups[1].Value, Regex.Count(figure.Groups[2].Value, "class=\"point\"|<path class=\"point\""))),
    ];
}
