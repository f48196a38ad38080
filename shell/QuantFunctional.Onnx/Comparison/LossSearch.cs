using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>The part of an output whose loss is looked for.</summary>
/// <param name="Output">The output.</param>
/// <param name="Axis">The axis of its parts; null for the whole output.</param>
/// <param name="Indices">The indices of that axis.</param>
internal sealed record LossyPart(string Output, int? Axis, IReadOnlySet<int> Indices);

/// <summary>What one tensor's rounding alone does to a part of an output.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Share">Its squared error over that of all tensors rounded.</param>
internal sealed record TensorLoss(RoundedTensor Tensor, double Share);

/// <summary>Finds the tensors whose rounding does most harm to a part of an output: each alone, in the float model.</summary>
/// <remarks>
/// Tensors are rounded in groups, and the group that does most harm is halved next, so that a few of many are found in
/// few runs. Squared errors add up nearly enough for that.
/// </remarks>
internal sealed class LossSearch : IDisposable
{
    private const int Samples = 2;
    private const int Wanted = 5;

    private readonly RoundedGraph _graph;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtValue _on = OrtValue.CreateTensorValueFromMemory(new[] { true }, []);
    private readonly OrtValue _off = OrtValue.CreateTensorValueFromMemory(new[] { false }, []);

    internal LossSearch(RoundedGraph graph)
    {
        _graph = graph;
        using var options = OrtSessions.Options();
        options.AddSessionConfigEntry("session.disable_quant_qdq", "1");
        _session = OrtSessions.Open(graph.Model, options);
    }

    /// <summary>The worst tensors on the samples that lose most, the worst one first; fewer where the runs are used up.</summary>
    /// <param name="part">Where the loss is.</param>
    /// <param name="floatModel">The model that the samples are for.</param>
    /// <param name="data">The samples, of which a few are taken.</param>
    /// <param name="runs">How many runs of the model may be made, beside two for each of those that it chooses from.</param>
    /// <param name="cancel">Asked before each run.</param>
    internal IReadOnlyList<TensorLoss> Worst(
        LossyPart part, OnnxModel floatModel, SampleSet data, int runs, CancellationToken cancel)
    {
        var all = Enumerable.Range(0, _graph.Tensors.Count).ToArray();
        using var loss = new Losses(this, part, floatModel, data, cancel);
        var atFirst = loss.Runs;
        var whole = loss.Of(all);
        var found = new List<TensorLoss>();
        var groups = new PriorityQueue<(int[] Tensors, double Loss), double>();
        groups.Enqueue((all, whole), -whole);
        while (found.Count < Wanted && groups.TryDequeue(out var group, out _))
        {
            if (group.Tensors is [var alone])
            {
                if (group.Loss > 0)
                    found.Add(new TensorLoss(_graph.Tensors[alone], whole > 0 ? group.Loss / whole : 1));
                continue;
            }

            if (loss.Runs - atFirst + (2 * Samples) > runs)
                break;
            var half = group.Tensors.Length / 2;
            foreach (var tensors in new[] { group.Tensors[..half], group.Tensors[half..] })
            {
                var own = loss.Of(tensors);
                groups.Enqueue((tensors, own), -own);
            }
        }

        return [.. found.OrderByDescending(tensor => tensor.Share)];
    }

    /// <summary>Closes the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
        _on.Dispose();
        _off.Dispose();
    }

    /// <summary>Runs of the few samples with some tensors rounded, against the same without any.</summary>
    private sealed class Losses : IDisposable
    {
        private readonly LossSearch _search;
        private readonly LossyPart _part;
        private readonly CancellationToken _cancel;
        private readonly List<SampleSource> _samples = [];
        private readonly List<double[]> _unrounded = [];

        internal Losses(LossSearch search, LossyPart part, OnnxModel model, SampleSet data, CancellationToken cancel)
        {
            (_search, _part, _cancel) = (search, part, cancel);
            var all = Enumerable.Range(0, search._graph.Tensors.Count).ToHashSet();
            var losses = new List<(long Index, double Loss)>();
            using (var candidates = data.Open(model))
            {
                while (candidates.MoveNextSpread())
                    losses.Add((candidates.Position - 1, Squared(Run(candidates, all), Run(candidates, []))));
            }

            // where little is lost, little is seen of who loses it
            foreach (var (index, _) in losses.OrderByDescending(sample => sample.Loss).Take(Samples))
            {
                var sample = data.Open(model);
                _samples.Add(sample);
                while (sample.Position <= index)
                    sample.MoveNext();
                _unrounded.Add(Run(sample, []));
            }
        }

        internal int Runs { get; private set; }

        internal double Of(IReadOnlyCollection<int> rounded)
        {
            var chosen = rounded.ToHashSet();
            return _samples.Zip(_unrounded).Sum(pair => Squared(Run(pair.First, chosen), pair.Second));
        }

        private static double Squared(double[] rounded, double[] unrounded) =>
            rounded.Zip(unrounded).Sum(values => (values.First - values.Second) * (values.First - values.Second));

        public void Dispose() => _samples.ForEach(sample => sample.Dispose());

        private double[] Run(SampleSource sample, HashSet<int> rounded)
        {
            _cancel.ThrowIfCancellationRequested();
            Runs++;
            var switches = _search._graph.Tensors;
            using var results = _search._session.Run(
                _search._options,
                [.. sample.Inputs.Select(input => input.Name), .. switches.Select(tensor => tensor.Switch)],
                [.. sample.Inputs.Select(input => input.Tensor), .. switches.Select((_, i) => rounded.Contains(i) ? _search._on : _search._off)],
                [_part.Output]);
            var (values, dims) = OutputValues.Read(results[0]);
            if (_part.Axis is not { } axis)
                return values;
            var run = Shapes.Behind(dims, axis);
            return [.. values.Where((_, i) => _part.Indices.Contains((int)(i / run % dims[axis])))];
        }
    }
}
