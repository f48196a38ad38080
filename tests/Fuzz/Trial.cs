using System.Diagnostics;
using System.Globalization;
using QuantFunctional.Fuzz.Readers;

namespace QuantFunctional.Fuzz;

/// <summary>One call of a reader: what came out of it, how long it took and how much memory.</summary>
internal static class Trial
{
    /// <summary>No call may take longer.</summary>
    internal static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);

    /// <summary>No call may take more memory.</summary>
    internal const long MostBytes = 512L << 20;

    /// <summary>What a call must not do, as kind and message; none where all is well.</summary>
    internal static IEnumerable<(string Kind, string Message)> Run(Reader reader, (string Name, Action<string> Run) call, string path)
    {
        var who = $"{reader.Name}.{call.Name}";
        var native = reader.IsNative ? NativeMemory.Begin() : null;
        var (before, clock, processor) = (GC.GetTotalAllocatedBytes(), Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var fault = Attempt(() => call.Run(path));
        var bytes = GC.GetTotalAllocatedBytes() - before;
        // a machine that has other things to do is not slow reading
        var time = TimeSpan.FromTicks(Math.Min(clock.Elapsed.Ticks, (Environment.CpuUsage.TotalTime - processor).Ticks));
        if (time > MostTime)
            yield return ($"{who}: over {MostTime.TotalSeconds} s", Text($"{time.TotalSeconds:F2} s"));
        if (bytes > MostBytes)
            yield return ($"{who}: over 512 MB", Text($"{bytes >> 20} MB"));
        if (native?.Grown() is > MostBytes and var grown)
            yield return ($"{who}: over 512 MB outside .NET", Text($"{grown >> 20} MB"));
        if (fault is QuantException told)
        {
            if (!told.Message.Contains(Path.GetDirectoryName(path)!, StringComparison.Ordinal))
                yield return ($"{who}: names no file", told.Message);
        }
        else if (fault is not null)
            yield return ($"{who}: {fault.GetType().Name} {PlaceOf(fault)}", fault.Message);
    }

    private static Exception? Attempt(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception fault)
        {
            return fault;
        }
    }

    // our own place tells findings apart, not that of the library that we called
    private static string PlaceOf(Exception fault) =>
        new StackTrace(fault).GetFrames()
            .Select(frame => frame.GetMethod())
            .FirstOrDefault(method => method?.DeclaringType?.Namespace?.StartsWith("QuantFunctional", StringComparison.Ordinal) == true)
            is { } own
            ? $"in {own.DeclaringType!.Name}.{own.Name}"
            : "elsewhere";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
