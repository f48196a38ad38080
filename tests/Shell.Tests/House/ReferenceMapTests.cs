using System.Reflection;
using System.Text.RegularExpressions;
using QuantFunctional;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.House;

/// <summary>docs/reference-map.md names every item of the reference, and nothing that is not there.</summary>
public sealed partial class ReferenceMapTests
{
    private static readonly Assembly[] Assemblies = [typeof(Plan).Assembly, typeof(Planner).Assembly];

    private sealed record Row(string Item, string[] FSharp, string[] CSharp, string[] Tests);

    [Fact]
    public void Every_item_of_the_reference_stands_once_in_its_own_spelling()
    {
        var items = Rows().Select(row => row.Item).ToList();
        Assert.Equal(items.Distinct(), items);

        var members = items.Where(item => item.Contains('.')).ToList();
        var classes = members.Select(item => item.Split('.')[0]).Distinct().ToList();
        var functions = items.Where(item => char.IsLower(item[0])).ToList();
        var attributes = items.Except(members).Except(classes).Except(functions).ToList();
        Assert.Equal((5, 4, 34, 19), (attributes.Count, classes.Count, members.Count, functions.Count));
    }

    [SharedFact]
    public void The_items_are_those_of_the_page()
    {
        var page = File.ReadAllText(Shared.File("reference/quantization_conv.txt"));
        var within = "";
        var expected = new List<string>();
        foreach (Match item in Declaration().Matches(page))
        {
            var (kind, name) = (item.Groups[1].Value, item.Groups[2].Value);
            within = kind is "attribute" or "method" ? within : kind == "class" ? name + "." : "";
            expected.Add(kind is "attribute" or "method" ? within + name : name);
        }

        Assert.Equal(expected.Order(StringComparer.Ordinal), Rows().Select(row => row.Item).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_name_is_a_public_member()
    {
        var missing = Rows()
            .SelectMany(row => row.FSharp.Select(name => ("F#", row.Item, name))
                .Concat(row.CSharp.Select(name => ("C#", row.Item, name))))
            .Where(named => !Exists(named.name))
            .ToList();
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_item_has_names_and_tests_that_exist_or_is_a_copy()
    {
        var tests = Directory
            .EnumerateFiles(Path.Combine(Shared.Repository, "tests"), "*Tests.*s", SearchOption.AllDirectories)
            .Select(File.ReadAllText)
            .ToList();
        foreach (var row in Rows())
        {
            if (row.Item.EndsWith(".deepcopy", StringComparison.Ordinal))
                continue;
            Assert.True(row.FSharp.Length > 0 && row.CSharp.Length > 0 && row.Tests.Length > 0, row.Item);
            foreach (var test in row.Tests)
            {
                Assert.True(
                    tests.Any(text => text.Contains($"``{test}``") || text.Contains($" {test}(")),
                    $"{row.Item}: there is no test '{test}'");
            }
        }
    }

    private static bool Exists(string name)
    {
        var parts = name.Split('.');
        const BindingFlags Anything = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance;
        return Assemblies
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.Name.Split('`')[0] == parts[0])
            .SelectMany(type => type.GetMembers(Anything).Select(member => member.Name)
                .Concat(type.GetNestedTypes().Select(nested => nested.Name)))
            .Contains(parts[1]);
    }

    private static IReadOnlyList<Row> Rows() =>
        [.. File.ReadLines(Path.Combine(Shared.Repository, "docs", "reference-map.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split(" | "))
            .Select(cells => new Row(Names(cells[0]).Single(), Names(cells[1]), Names(cells[2]), Names(cells[3])))];

    private static string[] Names(string cell) => [.. Quoted().Matches(cell).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"py:(data|class|attribute|method|function):: (\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
