using System.Text.RegularExpressions;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.House;

/// <summary>What a page in the repository links to is there; addresses outside are looked at for their form alone.</summary>
public sealed class LinksTests
{
    private static readonly string[] NotOurs = ["bin", "obj", "site", "packages", "tools", "paket-files", "BenchmarkDotNet.Artifacts"];

    public static TheoryData<string> Pages => [.. Markdown(Shared.Repository).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_somewhere(string page)
    {
        var path = Path.Combine(Shared.Repository, page);
        var text = WithoutCode(File.ReadAllText(path));
        Assert.All(
            Regex.Matches(text, @"\]\(<?([^)\s>]+)>?(?:\s+""[^""]*"")?\)").Select(link => link.Groups[1].Value),
            target => Assert.True(Leads(path, target), $"{page}: {target} leads nowhere"));
    }

    private static bool Leads(string page, string target)
    {
        if (target.Contains(':', StringComparison.Ordinal))
            return Uri.TryCreate(target, UriKind.Absolute, out var address) && address.Scheme == "https" && address.Host.Contains('.', StringComparison.Ordinal);
        var parts = target.Split('#');
        var file = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(parts[0])));
        return parts.Length == 1
            ? File.Exists(file) || Directory.Exists(file)
            : File.Exists(file) && Anchors(file).Contains(parts[1]);
    }

    /// <summary>What repository viewers call the headings of a page.</summary>
    private static IEnumerable<string> Anchors(string page) => Regex
        .Matches(WithoutBlocks(File.ReadAllText(page)), "^#{1,6} (.+)$", RegexOptions.Multiline)
        .Select(heading => Regex.Replace(heading.Groups[1].Value, @"\[([^\]]*)\]\([^)]*\)", "$1").Trim().ToLowerInvariant())
        .Select(heading => Regex.Replace(heading, @"[^\p{L}\p{N}\- _]", "").Replace(' ', '-'));

    private static string WithoutCode(string text) => Regex.Replace(WithoutBlocks(text), "`[^`\n]+`", "code");

    private static string WithoutBlocks(string text) =>
        Regex.Replace(text, "^```.*?^```", "", RegexOptions.Singleline | RegexOptions.Multiline);

    private static IEnumerable<string> Markdown(string folder) => Directory
        .EnumerateFiles(folder, "*.md")
        .Concat(Directory.EnumerateDirectories(folder)
            .Where(inner => Path.GetFileName(inner) is var name && name[0] != '.' && !NotOurs.Contains(name))
            .SelectMany(Markdown))
        .Select(file => Path.GetRelativePath(Shared.Repository, Path.Combine(Shared.Repository, file)));
}
