using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.FSharp.Reflection;
using QuantFunctional;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Codes;

/// <summary>The catalogue of diagnostics is whole, each of its entries is used and tested, and its page is up to date.</summary>
public sealed class CatalogueTests
{
    private static readonly string Page = Path.Combine(Shared.Repository, "docs", "diagnostics.md");

    private static readonly (string Area, string Title)[] Areas =
    [
        ("00", "The command line itself"),
        ("01", "Files and arrays"),
        ("02", "Plans, profiles, certificates, statistics and recipes"),
        ("03", "A layer that cannot be planned"),
        ("04", "ONNX models"),
        ("05", "Samples, and how they fit the model"),
        ("06", "Options"),
        ("07", "What was required, compared or proved does not hold"),
        ("08", "The run on integers, vectors, and the repair of a model"),
        ("09", "Warnings and notices"),
    ];

    /// <summary>What no test provokes, with the reason.</summary>
    private static readonly Dictionary<string, string> NotProvoked = new()
    {
        ["Unexpected"] = "a fault that nobody foresaw",
        ["FileNotAllowed"] = "tests may run as a user who may read everything",
        ["TargetNotWritable"] = "tests may run as a user who may write everywhere",
        ["ArrayTooLarge"] = "takes a file of more than 2 GB",
        ["ModelTooLarge"] = "takes a file of more than 2 GB",
        ["OutputTooLarge"] = "takes outputs of more than 2^31 elements",
        ["RowsTooLong"] = "takes rows of more elements than float32 counts",
        ["ResultNotLoaded"] = "a result that ONNX Runtime refuses is a fault that would be repaired",
        ["GraphNotSeen"] = "takes a machine on which no temporary file can be written",
        ["SamplesNotKept"] = "takes a machine on which no temporary file can be written",
        ["EngineSizeDiffers"] = "a fault of the tool that would be repaired",
        ["TensorNotFloat32"] = "no such tensor is asked for; it guards what would be a fault of the tool",
        ["WeightsDequantized"] = "depends on the kernels that ONNX Runtime has on the machine",
        ["NotLoadedHere"] = "takes a model that one version of ONNX Runtime refuses",
    };

    private static IEnumerable<(string Name, Diagnostic Entry)> Fields => typeof(Diagnostics)
        .GetFields(BindingFlags.Static | BindingFlags.NonPublic)
        .Where(member => member.FieldType == typeof(Diagnostic))
        .Select(member => (member.Name, (Diagnostic)member.GetValue(null)!));

    [Fact]
    public void Codes_are_unique_well_formed_and_in_an_area_and_every_entry_says_all()
    {
        Assert.Equal(Fields.Count(), Diagnostics.All.Count);
        Assert.Equal(Diagnostics.All.Select(entry => entry.Code).Distinct().Order(StringComparer.Ordinal), Diagnostics.All.Select(entry => entry.Code));
        Assert.All(Diagnostics.All, entry =>
        {
            Assert.Matches("^QF[0-9]{4}$", entry.Code);
            Assert.Contains(Areas, area => area.Area == entry.Code[2..4]);
            Assert.Equal(entry.Code[2..4] == "09", entry.Kind == DiagnosticKind.Warning);
            Assert.DoesNotContain('.', entry.Title.Replace(".np", "", StringComparison.Ordinal));
            Assert.Matches(@"^[\w-][^\n|]+$", entry.Title);
            Assert.Matches(@"^[\w.-][^\n|]+\.$", entry.Meaning);
            Assert.Matches(@"^[\w.-][^\n|]+\.$", entry.Remedy);
            Assert.Same(entry, Diagnostics.Of(entry.Code));
        });
        Assert.Throws<ArgumentException>(() => Diagnostics.Of("QF9999"));
    }

    [Fact]
    public void Every_refusal_of_the_core_has_a_code_and_an_entry_of_its_own_name()
    {
        var cases = FSharpType.GetUnionCases(typeof(Refusal), null);
        Assert.All(cases, refusal =>
        {
            var made = (Refusal)FSharpValue.MakeUnion(refusal, [.. refusal.GetFields().Select(field => Any(field.PropertyType))], null);
            var entry = Diagnostics.Of(made);
            Assert.Equal(entry, Fields.Single(field => field.Name == $"Refused{refusal.Name}").Entry);
            Assert.StartsWith("QF03", made.Code, StringComparison.Ordinal);
        });
        Assert.Equal(cases.Length, Fields.Count(field => field.Entry.Code.StartsWith("QF03", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_violation_of_the_core_has_an_entry_of_its_own_name() =>
        Assert.All(FSharpType.GetUnionCases(typeof(Violation), null), violation => Assert.Equal(
            Fields.Single(field => field.Name == $"Violated{violation.Name}").Entry,
            Diagnostics.OfViolation(Regex.Replace(violation.Name, "(?<=[a-z])[A-Z]", "-$0").ToLowerInvariant())));

    [Fact]
    public void Every_entry_is_used()
    {
        var code = string.Join('\n', Sources("shell").Where(file => !Path.GetFileName(file).StartsWith("Diagnostics", StringComparison.Ordinal))
            .Select(File.ReadAllText));
        string[] byFault = [nameof(Diagnostics.IntermediateOverflows), nameof(Diagnostics.InputOutOfRange), nameof(Diagnostics.InputShapeNotRun)];
        var unused = Fields.Select(found => found.Name).Except(byFault)
            .Where(name => !IsOfTheCore(name) && !Regex.IsMatch(code, $@"\bDiagnostics\s*\.{name}\b"))
            .ToList();
        Assert.Empty(unused);
    }

    [Fact]
    public void Every_entry_is_provoked_by_a_test_or_says_why_not()
    {
        var code = string.Join('\n', Sources("tests/Shell.Tests").Where(file => Path.GetFileName(file) != "CatalogueTests.cs").Select(File.ReadAllText));
        var untested = Fields
            .Where(field => !IsOfTheCore(field.Name))
            .Where(field => !Regex.IsMatch(code, $@"\bDiagnostics\.{field.Name}\b") && !code.Contains(field.Entry.Code, StringComparison.Ordinal))
            .Select(field => field.Name)
            .Order(StringComparer.Ordinal);
        Assert.Equal(NotProvoked.Keys.Order(StringComparer.Ordinal), untested);
    }

    // with UPDATE_DOCS=1 the page is written anew
    [Fact]
    public void The_page_of_diagnostics_is_the_catalogue()
    {
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            File.WriteAllText(Page, Text());
        Assert.Equal(Text(), File.ReadAllText(Page));
    }

    // the core's cases are looked at by name, each with its code
    private static bool IsOfTheCore(string name) => Regex.IsMatch(name, "^(Refused(?!By)|Violated|Warned|Noticed)") || name == nameof(Diagnostics.JoinDisagrees);

    private static string Text()
    {
        var text = new StringBuilder("""
            ---
            title: Diagnostics
            category: Reference
            categoryindex: 3
            index: 2
            ---

            # Diagnostics

            Every error and every warning of QuantFunctional has a code. The command line shows it at the end of the message
            (`quantfn: MESSAGE [QF0106]`), the C# library in `QuantException.Code` and `ReportWarning.Code`, and
            `Diagnostics.Of(code)` gives the entry below. A code never changes its meaning, and no number is used twice.

            What the kinds mean: *bad input* is a file, an option or a value that is wrong (the command line ends with 2);
            *failed* is sound input with which the work could not be done (it ends with 1); a *warning* stops nothing.

            This page is generated from the code: `UPDATE_DOCS=1 dotnet test tests/Shell.Tests --filter FullyQualifiedName~The_page_of_diagnostics`.

            """.ReplaceLineEndings("\n"));
        foreach (var (area, title) in Areas)
        {
            text.Append($"\n## QF{area}xx: {title}\n\n| Code | Cause | Kind | When it appears | What to do |\n| --- | --- | --- | --- | --- |\n");
            foreach (var entry in Diagnostics.All.Where(entry => entry.Code[2..4] == area))
                text.Append($"| {entry.Code} | {entry.Title} | {Kind(entry.Kind)} | {entry.Meaning} | {entry.Remedy} |\n");
        }

        return text.ToString();
    }

    private static string Kind(DiagnosticKind kind) => kind switch
    {
        DiagnosticKind.BadInput => "bad input",
        DiagnosticKind.Failed => "failed",
        _ => "warning",
    };

    private static object? Any(Type type) =>
        type == typeof(string) ? "x" : type.IsValueType ? Activator.CreateInstance(type) : type == typeof(Refusal) ? null : FSharpType.IsUnion(type, null)
            ? type.GetProperties(BindingFlags.Static | BindingFlags.Public).First(property => property.PropertyType == type).GetValue(null)
            : null;

    private static IEnumerable<string> Sources(string folder) => Directory
        .EnumerateFiles(Path.Combine(Shared.Repository, folder), "*.*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".cs" or ".fs")
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));
}
