using System.Globalization;

namespace QuantFunctional.Fuzz;

/// <summary>By how much the memory of this process grew at most, native memory included; nothing is known but on Linux.</summary>
internal sealed class NativeMemory
{
    private const string Reset = "/proc/self/clear_refs";
    private const string Status = "/proc/self/status";

    private readonly long _before;

    private NativeMemory(long before) => _before = before;

    internal static NativeMemory? Begin()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        try
        {
            File.WriteAllText(Reset, "5"); // the peak begins anew
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return new NativeMemory(Read("VmRSS:"));
    }

    internal long Grown() => Read("VmHWM:") - _before;

    private static long Read(string field)
    {
        var line = File.ReadLines(Status).First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10;
    }
}
