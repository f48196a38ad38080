using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Planning;

/// <summary>What channels of one class have in common.</summary>
internal enum ChannelTie
{
    /// <summary>They come in one order.</summary>
    Order,

    /// <summary>Where one is multiplied by a number, so are all others of its index.</summary>
    Factor,
}

/// <summary>Channels of one or several tensors that are tied to each other.</summary>
internal sealed class ChannelClass(int count)
{
    private ChannelClass? _joined;
    private bool _isFixed;

    /// <summary>How many channels there are.</summary>
    internal int Count { get; } = count;

    /// <summary>Whether something hangs on how they are, so that it has to stay so.</summary>
    internal bool IsFixed
    {
        get => Whole._isFixed;
        set => Whole._isFixed = value;
    }

    /// <summary>The class that this one has become part of; itself where it has not.</summary>
    internal ChannelClass Whole => _joined is null ? this : _joined = _joined.Whole;

    /// <summary>Makes one class of two of the same number of channels.</summary>
    internal void Join(ChannelClass other)
    {
        if (ReferenceEquals(Whole, other.Whole))
            return;
        Whole._isFixed |= other.IsFixed;
        other.Whole._joined = Whole;
    }
}

/// <summary>Channels of one class that lie one after the other on an axis, each so many elements long.</summary>
internal sealed record ChannelRun(ChannelClass Class, int Length)
{
    internal int Elements => Class.Count * Length;
}

/// <summary>The axis of a tensor on which its channels lie.</summary>
internal sealed record ChannelAxis(int Axis, IReadOnlyList<ChannelRun> Runs)
{
    internal int Elements => Runs.Sum(run => run.Elements);

    /// <summary>For each element of the axis its class, and which of the channels it belongs to.</summary>
    internal IEnumerable<(ChannelClass Class, int Channel)> Channels =>
        Runs.SelectMany(run => Enumerable.Range(0, run.Elements).Select(i => (run.Class.Whole, i / run.Length)));

    /// <summary>Says that something hangs on how these channels are.</summary>
    internal void Fix()
    {
        foreach (var run in Runs)
            run.Class.IsFixed = true;
    }

    /// <summary>Ties these channels to others; of both nothing changes where they do not match.</summary>
    internal void Tie(ChannelAxis other)
    {
        if (Runs.Count == other.Runs.Count && Runs.Zip(other.Runs).All(pair => pair.First.Length == pair.Second.Length && pair.First.Class.Count == pair.Second.Class.Count))
        {
            foreach (var (one, another) in Runs.Zip(other.Runs))
                one.Class.Join(another.Class);
            return;
        }

        Fix();
        other.Fix();
    }
}

/// <summary>A constant that a node reads, with channels on one of its axes.</summary>
/// <param name="Node">The node.</param>
/// <param name="Input">Which of its inputs the constant is.</param>
/// <param name="Channels">The channels.</param>
/// <param name="IsOfReader">Whether it is multiplied with these channels, and does not make them.</param>
internal sealed record ChannelConstant(NodeProto Node, int Input, ChannelAxis Channels, bool IsOfReader = false);
