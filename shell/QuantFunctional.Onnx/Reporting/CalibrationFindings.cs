using System.Globalization;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>What the samples of a calibration are like, and what of it a user should look at.</summary>
internal sealed class CalibrationFindings
{
    private const int EnoughSamples = 16;

    // what the last half of the samples may add to a range before it counts as growing
    private const double Growth = 1.1;

    private readonly Observations _observed;
    private readonly Scheme _scheme;
    private readonly TensorEncodings _encodings;
    private readonly HashSet<string> _encoded;

    internal CalibrationFindings(Observations observed, Scheme scheme, TensorEncodings encodings)
    {
        (_observed, _scheme, _encodings) = (observed, scheme, encodings);
        _encoded = [.. encodings.Tensors];
        Report = new CalibrationReport(
            observed.Samples,
            [.. observed.Inputs.Select(input => new CalibratedInput(input.Input, input.Range.Min, input.Range.Max, input.Mean))],
            observed.Tensors.Count,
            observed.Tensors.Values.Count(tensor => tensor.Range.Min == tensor.Range.Max),
            Growing().Count())
        {
            Digest = observed.Digest,
        };
    }

    /// <summary>The figures.</summary>
    internal CalibrationReport Report { get; }

    /// <summary>What is not as it should be, the worst first.</summary>
    /// <param name="answersAlike">Whether the float model answers alike to pixels from 0 to 1 and from 0 to 255.</param>
    internal IEnumerable<ReportWarning> Warnings(Func<bool> answersAlike) =>
        [.. Constants(), .. WeakInputs(), .. Pixels(answersAlike), .. Outliers(), .. TooFew(), .. StillGrowing(), .. Infinities()];

    private IEnumerable<ReportWarning> Constants() => _observed.Inputs
        .Where(input => input.Range.Min == input.Range.Max && !input.IsGivenOnce)
        .Select(input => Diagnostics.ConstantInput.Warn(string.Create(CultureInfo.InvariantCulture,
            $"input `{input.Input}` is {input.Range.Min} in every calibration sample, so that the ranges of what depends on it "
            + $"are those of this one value: calibrate with samples as the model will be fed"), node: input.Input));

    /// <summary>
    /// Inputs so small that the layers which read them give nearly their biases alone, as where samples are scaled to 0..1 and
    /// the model takes 0..255.
    /// </summary>
    private IEnumerable<ReportWarning> WeakInputs()
    {
        foreach (var input in _observed.Inputs.Where(input => input.Range.Min != input.Range.Max))
        {
            var largest = Math.Max(Math.Abs(input.Range.Min), Math.Abs(input.Range.Max));
            var reading = _scheme.Layers.Where(layer => Source(layer.Inputs[0]) == input.Input && layer.Layer!.Bias.Length > 0).ToList();
            if (reading.Count > 0 && reading.All(layer => MedianShare(layer.Layer!, largest) < 1))
            {
                yield return Diagnostics.WeakInput.Warn(string.Create(CultureInfo.InvariantCulture,
                    $"input `{input.Input}` goes from {input.Range.Min} to {input.Range.Max}, which moves node "
                    + $"{reading[0].Node.DisplayName()}, that reads it, by less than its own biases: the samples are probably "
                    + $"scaled otherwise than the model takes them (0..1 instead of 0..255, say)"), node: input.Input);
            }
        }
    }

    private IEnumerable<ReportWarning> Pixels(Func<bool> answersAlike)
    {
        if (_observed.Inputs is [{ ArePixels: true } input] && answersAlike())
        {
            yield return Diagnostics.PixelScaleUnclear.Warn(
                $"input `{input.Input}` is fed with pixels divided by 255, from 0 to 1, and the float model answers "
                + "alike to pixels from 0 to 255, so that nothing shows which it takes: fed with 0 to 255, the result saturates "
                + "everywhere. Calibrate with samples that are scaled exactly as those in use", node: input.Input);
        }
    }

    /// <summary>By how many times its bias the largest possible input moves the channel that stands in the middle.</summary>
    private static double MedianShare(FoundLayer layer, double largest)
    {
        var sums = new double[layer.Channels];
        var inner = Shapes.Behind(layer.Weight.Dims, layer.ChannelAxis);
        var values = layer.Values;
        for (var i = 0; i < values.Length; i++)
            sums[(int)(i / inner % layer.Channels)] += Math.Abs((double)values[i]);
        // a dead channel tells nothing of its input
        var shares = sums
            .Select((sum, channel) => sum == 0 || layer.Bias[channel] == 0
                ? double.PositiveInfinity
                : largest * sum / Math.Abs((double)layer.Bias[channel]))
            .Order()
            .ToList();
        return shares[layer.Channels / 2];
    }

    private string Source(string tensor)
    {
        while (_scheme.Index.Producer(tensor) is { } maker && maker.OpType is "Transpose" or "Reshape" or "Unsqueeze" or "Squeeze" or "Flatten")
            tensor = maker.Input[0];
        return tensor;
    }

    /// <summary>Samples that are unlike all others in some tensor, which then has no steps left for the others.</summary>
    private IEnumerable<ReportWarning> Outliers()
    {
        var found = _observed.Tensors
            .Where(tensor => !_encoded.Contains(tensor.Key) || !_encodings.IsCut(tensor.Key))
            .SelectMany(tensor => tensor.Value.Unlike().Select(wide => (Tensor: tensor.Key, Wide: wide)))
            .GroupBy(found => found.Wide.Sample)
            .Select(sample => (Sample: sample.Key, Most: sample.MaxBy(found => found.Wide.Width / found.Wide.Usual), Tensors: sample.Count()))
            .OrderByDescending(sample => sample.Most.Wide.Width / sample.Most.Wide.Usual)
            .ToList();
        if (found.Count == 0)
            yield break;
        var (_, worst, tensors) = found[0];
        var samples = found.Select(sample => sample.Sample).Order().Select(index => index.ToString(CultureInfo.InvariantCulture)).ToList();
        yield return Diagnostics.UnlikeSamples.Warn(string.Create(CultureInfo.InvariantCulture,
            $"calibration {(samples.Count == 1 ? $"sample {samples[0]} is" : $"samples {string.Join(", ", samples)} are")} unlike "
            + $"the others (the first is 0): sample {worst.Wide.Sample} makes tensor `{worst.Tensor}` {worst.Wide.Width / worst.Wide.Usual:F0} "
            + $"times as wide as 99 % of the others do{(tensors > 1 ? $", and {tensors - 1} more" : "")}, which leaves ordinary "
            + $"samples few steps; if such samples do not occur in use, leave them out: --skip-sample {string.Join(' ', samples)}"), node: worst.Tensor);
    }

    private IEnumerable<ReportWarning> TooFew()
    {
        if (_observed.Samples < EnoughSamples)
        {
            yield return Diagnostics.FewSamples.Warn(string.Create(CultureInfo.InvariantCulture,
                $"calibrated with {_observed.Samples} sample{(_observed.Samples == 1 ? "" : "s")} only: the ranges hold for what these "
                + $"show, and other inputs saturate; give at least 16, better 100, like those in use"));
        }
    }

    private IEnumerable<ReportWarning> StillGrowing()
    {
        var growing = Growing().OrderByDescending(tensor => tensor.By).ToList();
        if (2 * growing.Count > _observed.Tensors.Count)
        {
            yield return Diagnostics.RangesGrowing.Warn(string.Create(CultureInfo.InvariantCulture,
                $"the ranges of {growing.Count} of {_observed.Tensors.Count} tensors still grew by more than 10 % in the last half of "
                + $"the {_observed.Samples} calibration samples, that of `{growing[0].Tensor}` most ({100 * (growing[0].By - 1):F0} %): "
                + $"give more samples"));
        }
    }

    private IEnumerable<(string Tensor, double By)> Growing() => _observed.Tensors
        .Where(tensor => _observed.Samples > 1)
        .Select(tensor => (tensor.Key, By: By(tensor.Key, tensor.Value)))
        .Where(tensor => tensor.By > Growth);

    private double By(string tensor, RangeHistory history)
    {
        var (half, whole) = (history.FirstHalf, history.Range);
        if (half.IsEmpty || whole.IsEmpty)
            return 1;
        if (_encoded.Contains(tensor))
        {
            var told = _encodings.RangeOf(tensor);
            (half, whole) = (Within(half, told), Within(whole, told));
        }

        return half.Width > 0 ? whole.Width / half.Width : 1;
    }

    private static ObservedRange Within(ObservedRange range, ObservedDistribution told) => new(
        (float)Math.Clamp(range.Min, told.Low, told.High), (float)Math.Clamp(range.Max, told.Low, told.High));

    private IEnumerable<ReportWarning> Infinities()
    {
        foreach (var infinity in _observed.Infinities.Where(infinity => !IsConstructed(infinity.Tensor)))
        {
            yield return Diagnostics.InfiniteTensor.Warn(string.Create(CultureInfo.InvariantCulture,
                $"tensor `{infinity.Tensor}` of the float model becomes infinite for calibration sample {infinity.Sample} (the first is "
                + $"0); its range is that of its finite values. Check that the samples are scaled as the model expects"), node: infinity.Tensor);
        }
    }

    /// <summary>Whether a constant of the model, or a logarithm, leads to the infinity, so that no sample is to blame.</summary>
    private bool IsConstructed(string tensor)
    {
        var reached = new HashSet<string> { tensor };
        var open = new Stack<string>(reached);
        while (open.TryPop(out var name))
        {
            if (_scheme.Index.Initializer(name) is { } constant)
            {
                if (TensorData.Type(constant) == Format.TensorProto.Types.DataType.Float && TensorData.Floats(constant).Any(IsHuge))
                    return true;
                continue;
            }

            if (_scheme.Index.Producer(name) is not { } maker)
                continue;
            if (maker.OpType is "Log" or "If" or "Loop" or "Scan")
                return true;
            foreach (var read in GraphWalk.Reads(maker).Where(reached.Add))
                open.Push(read);
        }

        return false;
    }

    private static bool IsHuge(float value) => !float.IsFinite(value) || Math.Abs(value) > 1e37f;
}
