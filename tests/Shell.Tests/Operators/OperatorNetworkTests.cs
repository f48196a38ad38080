using System.Globalization;
using System.Text;
using QuantFunctional.Onnx.Judging;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Operators;

/// <summary>What is said of the operators is what the code does.</summary>
public sealed class OperatorNetworkTests
{
    private const string Folder = "ONNX_OPERATOR_TESTS";

    [Fact]
    public void The_page_of_operators_is_that_of_the_code()
    {
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            File.WriteAllText(OperatorsPage.Path, OperatorsPage.Of(File.Exists(OperatorsPage.Path) ? OperatorsPage.Networks : ""));
        Assert.Equal(OperatorsPage.Of(OperatorsPage.Networks), OperatorsPage.Committed);
    }

    [Fact]
    public void Every_row_is_of_an_operator_of_the_standard()
    {
        var known = StandardOperators.All.Select(operation => operation.Name).ToHashSet();

        Assert.All(OperatorRules.All, rule => Assert.Contains(rule.Operator, known));
        Assert.Equal(known.Order(StringComparer.Ordinal), StandardOperators.All.Select(operation => operation.Name));
    }

    /// <summary>The networks of point 11 of issue 17, on demand: ONNX_OPERATOR_TESTS is the folder `node` of the ONNX project's tests.</summary>
    [OnDemandFact(Folder)]
    public void Networks_of_the_standards_own_tests()
    {
        var results = Directory.GetDirectories(Environment.GetEnvironmentVariable(Folder)!)
            .Order(StringComparer.Ordinal)
            .Select(OperatorNetwork.Read)
            .OfType<OperatorNetwork>()
            .Select(NetworkResult.Of)
            .ToList();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            File.WriteAllText(OperatorsPage.Path, OperatorsPage.Of(Told(results)));

        Assert.Empty(results.Where(result => result.Refusal.Length > 0).Select(result => $"{result.Network.Name}: {result.Refusal}"));
        Assert.Empty(results.Where(result => !result.IsWarned && result.SqnrDb < 20).Select(result => $"{result.Network.Name}: {result.SqnrDb}"));
        Assert.Empty(results.Where(result => result.Differ > 0).Select(result => $"{result.Network.Name}: {result.Differ}"));
        Assert.True(results.Count(result => result.NotIntegers.Length == 0) >= 200);
    }

    private static string Told(IReadOnlyList<NetworkResult> results)
    {
        var whole = results.Count(result => result.NotIntegers.Length == 0);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture,
            $"""

            The ONNX project has a test for each operator (release 1.12; Debian's package `libonnx-testdata`). Of each with real data a network is made: layer, operator, layer, with layers of one place near the identity, and 32 samples near the test's input.
            {results.Count} networks: {results.Count(result => result.Refusal.Length > 0)} refused, {results.Count(result => result.SqnrDb < 20 && !result.IsWarned)} below 20 dB without a warning, {results.Count(result => result.SqnrDb >= 30)} at 30 dB and more; {whole} run in integers to their end, and in them {results.Count(result => result.Differ > 0)} elements differ from ONNX Runtime's.

            `ONNX_OPERATOR_TESTS=…/data/node UPDATE_DOCS=1 dotnet test tests/Shell.Tests --filter FullyQualifiedName~Networks_of_the_standards` runs them again. *dB* is the least of the networks, to the float network.

            | Operator | networks | in integers to their end | dB | warned of |
            |---|---|---|---|---|

            """);
        foreach (var group in results.GroupBy(result => result.Network.Operator).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var least = group.Min(result => result.SqnrDb);
            page.Append(CultureInfo.InvariantCulture,
                $"| {group.Key} | {group.Count()} | {group.Count(result => result.NotIntegers.Length == 0)} | {(double.IsFinite(least) ? least.ToString("F1", CultureInfo.InvariantCulture) : "equal")} | {group.Count(result => result.IsWarned)} |\n");
        }

        return page.ToString();
    }
}
