using System.Diagnostics;
using QuantFunctional.Fuzz.Readers;

namespace QuantFunctional.Fuzz;

/// <summary>Tries inputs one after the other, and keeps what is found.</summary>
internal sealed class Campaign(IReadOnlyList<Reader> readers, Options options, string folder)
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private long _begun = Stopwatch.GetTimestamp();
    private string _current = "";

    /// <summary>Whether nothing was found.</summary>
    internal bool Run()
    {
        using var progress = Progress.Open(options.State, options.Seed, options.Reader);
        SkipWhatEndedTheProcess(progress);
        using var watchdog = new Timer(_ => EndWhereNothingMoves(), null, Hang, TimeSpan.FromSeconds(5));
        var (clock, earlier, calls) = (Stopwatch.StartNew(), progress.State.Seconds, 0L);
        var seconds = () => earlier + clock.Elapsed.TotalSeconds;
        while (progress.State.Next < options.Count && clock.Elapsed.TotalSeconds < options.Seconds)
        {
            var number = progress.State.Next;
            progress.Begin(number);
            calls += Try(ReaderOf(number), number, progress);
            progress.State = progress.State with { Next = number + 1, Seconds = seconds() };
            if (number % 1000 == 999)
                progress.Save();
            if (number % 20_000 == 19_999)
                Report.Say($"{number + 1:N0} inputs, {seconds():F0} s, {progress.State.Findings.Count} kinds of findings");
        }

        progress.Save();
        Report.Show(progress.State, calls);
        return progress.State.Findings.Count == 0;
    }

    /// <summary>Tries one input again, tells everything of it, and leaves its files.</summary>
    internal bool Replay(string id)
    {
        var (name, number) = (id.Split(':')[0], long.Parse(id.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
        var reader = readers.First(reader => reader.Name == name);
        var path = Input.Of(reader, options.Seed, number).Write(folder);
        if (options.Keep is not null)
            Report.Say($"the files are in {folder}");
        var sound = true;
        foreach (var call in reader.Calls)
        {
            try
            {
                call.Run(path);
                Report.Say($"{call.Name}: read");
            }
            catch (QuantException told)
            {
                Report.Say($"{call.Name}: refused: {told.Message}");
            }
            catch (Exception fault)
            {
                Report.Say($"{call.Name}: {fault}");
            }

            foreach (var (kind, message) in Trial.Run(reader, call, path))
            {
                Report.Say($"{call.Name}: {kind}: {message}");
                sound = false;
            }
        }

        return sound;
    }

    private Reader ReaderOf(long number)
    {
        if (readers.Count == 1)
            return readers[0];
        var at = Numbers.Of(options.Seed, "which reader", number).Below(readers.Sum(reader => reader.Weight));
        return readers.First(reader => (at -= reader.Weight) < 0);
    }

    private int Try(Reader reader, long number, Progress progress)
    {
        var id = Finding.IdOf(reader.Name, number);
        (_current, _begun) = (id, Stopwatch.GetTimestamp());
        var path = Input.Of(reader, options.Seed, number).Write(folder);
        foreach (var call in reader.Calls)
        {
            foreach (var (kind, message) in Trial.Run(reader, call, path))
                progress.Add(kind, id, message);
        }

        return reader.Calls.Count;
    }

    private void SkipWhatEndedTheProcess(Progress progress)
    {
        if (progress.EndedAt is not { } number)
            return;
        // inputs between the last saving and the end are the same once more
        for (var again = progress.State.Next; again < number; again++)
            Try(ReaderOf(again), again, progress);
        var reader = ReaderOf(number);
        progress.Add($"{reader.Name}: the process ended", Finding.IdOf(reader.Name, number), "a crash outside .NET, or the run was killed");
        progress.State = progress.State with { Next = number + 1 };
        progress.Save();
    }

    private void EndWhereNothingMoves()
    {
        if (Stopwatch.GetElapsedTime(_begun) < Hang)
            return;
        Report.Say($"{_current}: no end after {Hang.TotalSeconds} s; run the same command again to go on behind it");
        Environment.Exit(3);
    }
}
