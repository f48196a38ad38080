using System.Buffers.Binary;
using System.Text.Json;
using QuantFunctional.Formats;

namespace QuantFunctional.Fuzz;

/// <summary>How far a run has come: kept in a file, so that a run that ended in any way goes on.</summary>
internal sealed class Progress : IDisposable
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string? _path;
    private readonly FileStream? _running;

    private Progress(string? path, Kept kept)
    {
        _path = path;
        State = kept;
        if (path is null)
            return;
        var marker = new byte[8];
        _running = new FileStream(path + ".running", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        // an input that was begun and never ended took the process along
        if (_running.Read(marker) == 8 && BinaryPrimitives.ReadInt64LittleEndian(marker) - 1 is var last && last >= kept.Next)
            EndedAt = last;
    }

    /// <summary>What is in the file.</summary>
    internal sealed record Kept(long Seed, string Reader, long Next, double Seconds, IReadOnlyList<Finding> Findings);

    internal Kept State { get; set; }

    /// <summary>The input in which an earlier run ended; null where none did.</summary>
    internal long? EndedAt { get; }

    /// <summary>The state of a file, or the beginning.</summary>
    internal static Progress Open(string? path, long seed, string reader)
    {
        var start = new Kept(seed, reader, 0, 0, []);
        if (path is null || !File.Exists(path))
            return new Progress(path, start);
        var kept = JsonSerializer.Deserialize<Kept>(File.ReadAllBytes(path), Form)!;
        return kept.Seed == seed && kept.Reader == reader
            ? new Progress(path, kept)
            : throw new ArgumentException($"{path}: the state of a run with --seed {kept.Seed} --reader {kept.Reader}; name another file.");
    }

    /// <summary>Says which input is being tried, in a way that a crash leaves.</summary>
    internal void Begin(long number)
    {
        if (_running is null)
            return;
        Span<byte> marker = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(marker, number + 1);
        RandomAccess.Write(_running.SafeFileHandle, marker, 0);
    }

    internal void Save()
    {
        if (_path is not null)
            AtomicFile.Write(_path, stream => JsonSerializer.Serialize(stream, State, Form), overwrite: true);
    }

    internal void Add(string kind, string example, string message)
    {
        var (findings, at) = (State.Findings.ToList(), State.Findings.ToList().FindIndex(found => found.Kind == kind));
        if (at < 0)
            findings.Add(new Finding(kind, example, message.Length > 400 ? message[..400] : message, 1));
        else
            findings[at] = findings[at] with { Count = findings[at].Count + 1 };
        State = State with { Findings = findings };
    }

    public void Dispose() => _running?.Dispose();
}
