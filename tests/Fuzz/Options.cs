using System.Globalization;

namespace QuantFunctional.Fuzz;

/// <summary>What a command line asks for.</summary>
internal sealed record Options
{
    internal const string Usage = """
        fuzz [--count N] [--seconds S] [--seed N] [--reader NAME] [--state FILE]   tries changed files on the readers
        fuzz [--seed N] --replay READER:NUMBER [--keep DIR]                        tries one of them again
        fuzz --kills N [--seed N]                                                  kills `quantfn quantize` so many times
        Readers: plan, certificate, manifest, profile, recipe, onnx, external, npy, npz, integers, inspect; all of them unless one is named.
        """;

    internal long Count { get; private init; } = long.MaxValue;

    internal double Seconds { get; private init; } = double.MaxValue;

    internal long Seed { get; private init; } = 1;

    internal string Reader { get; private init; } = "all";

    internal string? State { get; private init; }

    internal string? Replay { get; private init; }

    internal string? Keep { get; private init; }

    internal int? Kills { get; private init; }

    /// <exception cref="ArgumentException">What is wrong with the line.</exception>
    internal static Options Parse(string[] line)
    {
        var options = new Options();
        for (var i = 0; i < line.Length; i += 2)
        {
            var value = i + 1 < line.Length ? line[i + 1] : throw new ArgumentException($"{line[i]} has no value.\n{Usage}");
            options = line[i] switch
            {
                "--count" => options with { Count = Number(line[i], value) },
                "--seconds" => options with { Seconds = Number(line[i], value) },
                "--seed" => options with { Seed = Number(line[i], value) },
                "--reader" => options with { Reader = value },
                "--state" => options with { State = value },
                "--replay" => options with { Replay = value },
                "--keep" => options with { Keep = value },
                "--kills" => options with { Kills = (int)Number(line[i], value) },
                var unknown => throw new ArgumentException($"there is no option {unknown}.\n{Usage}"),
            };
        }

        return options.Count == long.MaxValue && options.Seconds == double.MaxValue ? options with { Count = 10_000 } : options;
    }

    private static long Number(string option, string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ArgumentException($"{option}: {value} is not a whole number of at least 0.");
}
