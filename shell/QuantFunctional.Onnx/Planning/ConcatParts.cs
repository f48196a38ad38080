using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>What is joined by a Concat on integers, and where the result ends.</summary>
internal sealed class ConcatParts
{
    // a part that is half as wide as the whole has one bit less in the whole's encoding, which is 6 dB
    private const double Tolerated = 2;

    private readonly Scheme _scheme;
    private readonly Observations _observed;

    internal ConcatParts(Scheme scheme, Observations observed, IntegerNode join)
    {
        (_scheme, _observed, Join) = (scheme, observed, join);
        Widths = [.. join.Inputs.Select(Width)];
        Whole = Widths.Max();
        (After, Readers, IsOutput) = Follow(join);
    }

    /// <summary>The Concat.</summary>
    internal IntegerNode Join { get; }

    /// <summary>How wide the values of each part lie apart, 0 included.</summary>
    internal IReadOnlyList<double> Widths { get; }

    /// <summary>The same of the widest part, and so of the whole.</summary>
    internal double Whole { get; }

    /// <summary>The nodes after it that only move what it joins, or join it with more.</summary>
    internal IReadOnlyList<IntegerNode> After { get; }

    /// <summary>The nodes that read the result in the end.</summary>
    internal IReadOnlyList<NodeProto> Readers { get; }

    /// <summary>Whether an output of the model is the result.</summary>
    internal bool IsOutput { get; }

    /// <summary>The Concats that join parts so unlike that one encoding costs some part more than 6 dB.</summary>
    internal static IEnumerable<ConcatParts> Unlike(Scheme scheme, Observations observed) => scheme.Integers
        .Where(node => node.Kernel == IntegerKernel.Joins)
        .Select(join => new ConcatParts(scheme, observed, join))
        .Where(parts => parts.Widths.Any(width => width > 0 && parts.Whole > Tolerated * width));

    private (IReadOnlyList<IntegerNode> After, IReadOnlyList<NodeProto> Readers, bool IsOutput) Follow(IntegerNode join)
    {
        var (after, readers) = (new List<IntegerNode>(), new List<NodeProto>());
        var isOutput = false;
        var seen = new HashSet<string>();
        var open = new Queue<string>(join.Outputs);
        while (open.TryDequeue(out var tensor))
        {
            if (!seen.Add(tensor))
                continue;
            isOutput |= _scheme.Index.IsGraphOutput(tensor);
            foreach (var reader in _scheme.Index.Consumers(tensor))
            {
                if (_scheme.IntegerForm(reader) is { Kernel: IntegerKernel.Moves or IntegerKernel.Joins } form)
                {
                    after.Add(form);
                    foreach (var output in form.Outputs)
                        open.Enqueue(output);
                }
                else
                {
                    readers.Add(reader);
                }
            }
        }

        return (after, readers, isOutput);
    }

    private double Width(string part) => MovedTensors.Observed(part, _scheme.Index, _observed.Ranges.ContainsKey) is { } seen
        ? _observed.Ranges[seen].Width
        : ConstantOperand.Range(_scheme.Index, part)?.Width ?? 0;
}
