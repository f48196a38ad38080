using System.Diagnostics;

namespace QuantFunctional.Fuzz.Kills;

/// <summary>
/// Ends `quantfn quantize --force --plan` at random moments, as SIGKILL does, and looks at what is there: every file must be
/// whole, old or new; where a plan and a model do not belong together, the plan must be refused; and the next run leaves nothing
/// behind that it did not write.
/// </summary>
internal sealed class KillTest(string folder, long seed)
{
    private readonly Work _work = new(folder);
    private readonly Dictionary<string, int> _counts = [];
    private readonly List<string> _faults = [];

    internal bool Run(int count)
    {
        _work.Prepare();
        var results = new[] { false, true }.Select(Reference).ToArray();
        if (Enumerable.Range(0, Work.Outputs.Length).Any(i => results[0].Contents[i].SequenceEqual(results[1].Contents[i])))
            throw new InvalidOperationException("the two quantizations write the same file, so that nothing can be told");
        var numbers = new Numbers((ulong)seed);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            var perTensor = i % 2 == 0;
            _work.Write(results[perTensor ? 0 : 1].Contents);
            Kill(perTensor, results[perTensor ? 1 : 0].Time, numbers);
            Look(i, results[perTensor ? 0 : 1].Contents, results[perTensor ? 1 : 0].Contents);
            // every fifth time the whole work is done again, else a run that writes into the folder
            if (i % 5 == 4)
                Finish(i, perTensor, results[perTensor ? 1 : 0].Contents);
        }

        Finish(count, true, results[1].Contents);
        Report.Say($"{count} kills with seed {seed}, {clock.Elapsed.TotalSeconds:F0} s: {string.Join(", ", _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Value} {c.Key}"))}; {_faults.Count} faults");
        foreach (var fault in _faults)
            Report.Say($"  {fault}");
        return _faults.Count == 0;
    }

    private (byte[][] Contents, TimeSpan Time) Reference(bool perTensor)
    {
        var clock = Stopwatch.StartNew();
        var (exitCode, error) = Work.End(_work.Quantize(perTensor));
        return exitCode == 0 ? (_work.Read(), clock.Elapsed) : throw new InvalidOperationException(error);
    }

    // half of them near the end, where files are moved into place: as soon as one of them is new
    private void Kill(bool perTensor, TimeSpan usual, Numbers numbers)
    {
        var (aimed, before) = (numbers.OneIn(2), _work.Written("model.npz"));
        var wait = aimed ? TimeSpan.FromMinutes(1) : usual * (numbers.Below(1200) / 1000.0);
        using var process = _work.Quantize(perTensor);
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var clock = Stopwatch.StartNew();
        var looks = numbers.Below(40);
        while (clock.Elapsed < wait && !process.HasExited)
        {
            if (!aimed)
                Thread.Sleep(1);
            else if (_work.Written("model.npz") != before && looks-- <= 0)
                break;
            else if (_work.LeftOver() > 0 && numbers.OneIn(400))
                break;
        }

        Count(process.HasExited ? "ended before" : aimed ? "near the end" : "anywhere");
        process.Kill();
        process.WaitForExit();
    }

    private void Look(int number, byte[][] old, byte[][] now)
    {
        var found = _work.Read();
        var isNew = found.Select((content, i) => content.SequenceEqual(now[i])).ToArray();
        var isOld = found.Select((content, i) => content.SequenceEqual(old[i])).ToArray();
        if (isNew.Zip(isOld).Any(file => !file.First && !file.Second))
            _faults.Add($"kill {number}: a file is neither old nor new");
        if (_work.LeftOver() > 0)
            Count("with something left over");
        var (exitCode, error) = _work.Verify();
        if (isNew.All(yes => yes) || isOld.All(yes => yes))
        {
            Count(isNew[0] ? "all new" : "all old");
            if (exitCode != 0)
                _faults.Add($"kill {number}: what belongs together is refused: {error}");
        }
        else
        {
            Count("between two files, which verify refuses");
            if (exitCode != 2 || isNew[0])
                _faults.Add($"kill {number}: files that do not belong together are taken, exit code {exitCode} {error}");
        }
    }

    private void Finish(int number, bool perTensor, byte[][] expected)
    {
        var (exitCode, error) = Work.End(_work.Quantize(perTensor));
        if (exitCode != 0)
            _faults.Add($"after kill {number}: {error}");
        if (_work.LeftOver() > 0)
            _faults.Add($"after kill {number}: {_work.LeftOver()} files are left over");
        if (!_work.Read().Zip(expected).All(file => file.First.SequenceEqual(file.Second)))
            _faults.Add($"after kill {number}: the files are not those of a run without a kill");
    }

    private void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;
}
