using System.Diagnostics;

namespace QuantFunctional.Bench;

/// <summary>The planning benchmark with every vector width, each in a process of its own.</summary>
internal static class PlanningWidths
{
    public const string Filter = "*PlanningBench*";

    private static readonly string?[] Switches =
        [null, "DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"];

    /// <summary>Prints one table for each width; the exit code is 0 where all were measured.</summary>
    public static int Measure()
    {
        foreach (var name in Switches)
        {
            Console.WriteLine(name is null ? "# all vector widths" : $"# {name}=0");
            var start = new ProcessStartInfo("dotnet", [typeof(PlanningWidths).Assembly.Location, "--filter", Filter]);
            if (name is not null)
                start.Environment[name] = "0";
            using var child = Process.Start(start)!;
            child.WaitForExit();
            if (child.ExitCode != 0)
                return child.ExitCode;
        }

        return 0;
    }
}
