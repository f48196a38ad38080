using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Shell.Tests.Support;

/// <summary>
/// A process that obeys one command line after the other, as `quantfn` obeys one, so that .NET starts and compiles once for
/// hundreds of them. What a test wants to know of a process of its own, it starts by <see cref="Quantfn.Start"/>.
/// </summary>
internal sealed partial class Worker
{
    private static readonly ConcurrentBag<Worker> Idle = [];

    // it ends with the tests, when its stdin does
    private readonly Process _process = Quantfn.Launch("Shell.Tests.dll", new Dictionary<string, string>(), toldMore: true);

    private sealed record Command(string[] Arguments, string Folder);

    /// <summary>Obeys a command line in a worker that has nothing to do, or in a new one.</summary>
    /// <param name="arguments">What follows `quantfn`.</param>
    /// <param name="folder">Where paths start; null for where they start in the tests.</param>
    internal static async Task<Outcome> RunAsync(string[] arguments, string? folder = null)
    {
        if (!Idle.TryTake(out var worker))
            worker = new Worker();
        await worker._process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new Command(arguments, folder ?? Environment.CurrentDirectory)));
        var output = ReadAsync(worker._process.StandardOutput);
        var error = ReadAsync(worker._process.StandardError);
        var (printed, exitCode) = await output;
        var (said, _) = await error;
        if (exitCode is { } code)
        {
            Idle.Add(worker);
            return new Outcome(code, printed, said, arguments.Contains("--json"));
        }

        // a command that ends its process must be seen as one
        await worker._process.WaitForExitAsync();
        return new Outcome(worker._process.ExitCode, printed, said, arguments.Contains("--json"));
    }

    /// <summary>What a command printed, and its exit code; null where the process ended instead.</summary>
    private static async Task<(string Text, int? ExitCode)> ReadAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is > 0 and var count)
        {
            text.Append(buffer, 0, count);
            if (buffer[count - 1] != '\n' || End().Match(text.ToString()) is not { Success: true } end)
                continue;
            return (text.ToString(0, end.Index), int.Parse(end.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        }

        return (text.ToString(), null);
    }

    // a record separator, which no command prints
    [GeneratedRegex("\u001E([0-9]+)\n$")]
    private static partial Regex End();

    /// <summary>What the process does: a line of JSON on stdin is a command.</summary>
    internal static int Main()
    {
        while (Console.In.ReadLine() is { } line)
        {
            var command = JsonSerializer.Deserialize<Command>(line)!;
            Environment.CurrentDirectory = command.Folder;
            var code = QuantFunctional.Cli.Program.main(command.Arguments);
            var end = string.Create(CultureInfo.InvariantCulture, $"\u001E{code}\n");
            Console.Out.Write(end);
            Console.Error.Write(end);
        }

        return 0;
    }
}
