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
/// Tensors are rounded in groups on one sample, and the group that does most harm for its size is halved next, so that a few
/// of many are found in few runs, also where many do some harm. Squared errors add up nearly enough for that.
/// </remarks>
internal sealed class LossSearch : IDisposable
{
    private const int Candidates = 4;
    private const int Wanted = 5;

    private readonly RoundedGraph _graph;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtValue _on = OrtValue.CreateTensorValueFromMemory(new[] { true }, []);
    private readonly OrtValue _off = OrtValue.CreateTensorValueFromMemory(new[] { false }, []);

    internal LossSearch(RoundedGraph graph)
    {
        _graph = graph;
        _session = OrtSessions.OpenRounding(graph.Model);
    }

    /// <summary>The worst tensors on the sample that loses most, the worst one first; fewer where the runs are used up.</summary>
    /// <param name="part">Where the loss is.</param>
    /// <param name="floatModel">The model that the samples are for.</param>
    /// <param name="data">The samples, of which one of a few is taken.</param>
    /// <param name="runs">How many runs of the model may be made.</param>
    /// <param name="cancel">Asked before each run.</param>
    internal IReadOnlyList<TensorLoss> Worst(
        LossyPart part, OnnxModel floatModel, SampleSet data, int runs, CancellationToken cancel)
    {
        var all = Enumerable.Range(0, _graph.Tensors.Count).ToArray();
        using var loss = new Losses(this, part, floatModel, data, cancel);
        var whole = loss.Of(all);
        var found = new List<TensorLoss>();
        var groups = new PriorityQueue<(int[] Tensors, double Loss), double>();
        groups.Enqueue((all, whole), 0);
        while (found.Count < Wanted && groups.TryDequeue(out var group, out _))
        {
            if (group.Tensors is [var alone])
            {
                if (group.Loss > 0)
                    found.Add(new TensorLoss(_graph.Tensors[alone], whole > 0 ? group.Loss / whole : 1));
                continue;
            }

            if (loss.Runs + 2 > runs)
                break;
            var half = group.Tensors.Length / 2;
            foreach (var tensors in new[] { group.Tensors[..half], group.Tensors[half..] })
            {
                var own = loss.Of(tensors);
                groups.Enqueue((tensors, own), -own / tensors.Length);
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

    /// <summary>Runs of one sample with some tensors rounded, against the same without any.</summary>
    private sealed class Losses : IDisposable
    {
        private readonly LossSearch _search;
        private readonly LossyPart _part;
        private readonly CancellationToken _cancel;
        private readonly SampleSource _sample;
        private readonly double[] _unrounded;

        internal Losses(LossSearch search, LossyPart part, OnnxModel model, SampleSet data, CancellationToken cancel)
        {
            (_search, _part, _cancel) = (search, part, cancel);
            var index = Lossiest(model, data);
            _sample = data.Open(model);
            while (_sample.Position <= index)
                _sample.MoveNext();
            _unrounded = Run(_sample, []);
        }

        internal int Runs { get; private set; }

        internal double Of(IReadOnlyCollection<int> rounded) => Squared(Run(_sample, rounded.ToHashSet()), _unrounded);

        public void Dispose() => _sample.Dispose();

        /// <summary>Where little is lost, little is seen of who loses it.</summary>
        private long Lossiest(OnnxModel model, SampleSet data)
        {
            var all = Enumerable.Range(0, _search._graph.Tensors.Count).ToHashSet();
            var (lossiest, most) = (0L, double.NegativeInfinity);
            using var candidates = data.Open(model);
            while (candidates.MoveNextSpread(Candidates))
            {
                if (Squared(Run(candidates, all), Run(candidates, [])) is var loss && loss > most)
                    (lossiest, most) = (candidates.Position - 1, loss);
            }

            return lossiest;
        }

        private static double Squared(double[] rounded, double[] unrounded)
        {
            var sum = 0.0;
            for (var i = 0; i < rounded.Length; i++)
                sum += (rounded[i] - unrounded[i]) * (rounded[i] - unrounded[i]);
            return sum;
        }

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
