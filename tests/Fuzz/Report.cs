using System.Globalization;

namespace QuantFunctional.Fuzz;

/// <summary>What a run tells.</summary>
internal static class Report
{
    internal static void Say(FormattableString text) => Console.Out.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    internal static void Show(Progress.Kept state, long calls)
    {
        Say($"{state.Next:N0} inputs with seed {state.Seed}, {calls:N0} calls in this run, {state.Seconds:F0} s in all: {state.Findings.Count} kinds of findings");
        foreach (var finding in state.Findings)
            Say($"  {finding.Kind}, {finding.Count:N0} inputs; --seed {state.Seed} --replay {finding.Example}\n    {finding.Message}");
    }
}
