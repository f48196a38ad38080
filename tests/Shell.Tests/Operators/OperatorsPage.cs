using System.Text;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;

namespace Shell.Tests.Operators;

/// <summary>docs/operators.md: the code's own table, and below a mark what became of the networks.</summary>
internal static class OperatorsPage
{
    private const string Mark = "## Tried on the standard's own tests\n";

    internal static readonly string Path = System.IO.Path.Combine(Shared.Repository, "docs", "operators.md");

    /// <summary>The page as it is committed.</summary>
    internal static string Committed => File.ReadAllText(Path);

    /// <summary>The part with the networks as it is committed.</summary>
    internal static string Networks => Committed is var text && text.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at
        ? text[(at + Mark.Length)..]
        : "";

    /// <summary>The whole page.</summary>
    /// <param name="networks">What is under the mark.</param>
    internal static string Of(string networks)
    {
        var page = new StringBuilder(
            """
            ---
            title: What becomes of each operator
            category: Reference
            categoryindex: 3
            index: 7
            ---

            # What becomes of each operator

            This is the table that the code judges by, for float32 data; float16, bfloat16 and double are made float32 first, and functions put in the place of their calls. It holds for the main graph and for the branches of an If that declare the types of their outputs. What stays in float is listed with its reason by `quantfn inspect` and `quantfn quantize`.
            *In integers*: wherever the operator stands. *Between integers*: where integers stand on both sides of it, and nothing else reads its result; of several in a row each would round, so they stay in float.
            *Opset 7 to 12*: such a model is raised to 13 first; where one of its operators is *refused*, export it again. Opset 13 to 26 is taken as it is.

            An operator between integers runs in float32 between two conversions in ONNX Runtime, and gives the same integers on every processor all the same: its output step is raised until none of the 256 values lies near a tie, or each value is one operation that all processors round alike. So `execute`, `verify` and `compare --engine` go through it.

            The rows come from the code: `UPDATE_DOCS=1 dotnet test tests/Shell.Tests --filter FullyQualifiedName~The_page_of_operators`.

            | Operator | since | what becomes of it | conditions | opset 7 to 12 |
            |---|---|---|---|---|

            """);
        foreach (var (name, since) in StandardOperators.All)
        {
            var rule = OperatorRules.Of(name);
            page.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"| {name} | {since} | {Fate(name, rule)} | {rule?.Note ?? Note(name)} | {Raised(name, since)} |\n");
        }

        return page.Append('\n').Append(Mark).Append(networks).ToString();
    }

    private static string Note(string name) => name switch
    {
        "If" => "layers in its branches are quantized",
        "DequantizeLinear" or "QuantizeLinear" => "but of 4 bits and less, of float8 or with a step for each block: what reads it stays in float",
        _ => "",
    };

    private static string Fate(string name, OperatorRule? rule) => rule switch
    {
        null when AlreadyQuantized.IsQuantized(name) => "refused: the model is quantized already",
        null => "in float",
        { Treatment: Treatment.Integers, Kernel: IntegerKernel.Moves } => "in integers, which it moves",
        { Treatment: Treatment.Integers } => "in integers",
        { Treatment: Treatment.BetweenIntegers } => "between integers",
        { Treatment: Treatment.Absorbed } => "absorbed by what stands before it",
        { Treatment: Treatment.Rewritten } => "written as other operators",
        _ => "gone",
    };

    private static string Raised(string name, int since)
    {
        if (since > 12)
            return "";
        if (name == "Scan")
            return "taken from opset 9 on";
        return OpsetRaising.IsUnchanged(name) ? "taken" : OpsetRaising.IsRewritten(name) ? "rewritten" : "refused";
    }
}
