using System.Globalization;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>Decides for one part of the samples how each of its arrays feeds its input.</summary>
internal sealed class FedPart
{
    private readonly SamplePart _part;
    private readonly IReadOnlyList<ModelInput> _inputs;
    private readonly OnnxModel _model;
    private readonly IReadOnlyList<ArrayInfo> _arrays;
    private readonly IReadOnlyList<IReadOnlyList<Fitting>> _ways;

    /// <summary>Reads the headers.</summary>
    /// <exception cref="QuantException">An array fits its input in no way.</exception>
    internal FedPart(SamplePart part, IReadOnlyList<ModelInput> inputs, OnnxModel model, bool mayBeOneSample)
    {
        (_part, _inputs, _model) = (part, inputs, model);
        _arrays = [.. part.Arrays.Select(Header)];
        _ways = [.. _arrays.Zip(inputs).Select(pair => SampleFit.Of(pair.First, pair.Second, mayBeOneSample))];
        foreach (var (input, array, ways) in inputs.Zip(_arrays, _ways))
            Require(input, array, ways);
    }

    /// <summary>How many samples run at once: what the inputs say that can only be fed with samples, else what the first says.</summary>
    /// <exception cref="QuantException">They say different numbers.</exception>
    internal long Batch()
    {
        var bound = _inputs.Zip(_ways)
            .Where(pair => pair.Second[0].Feeding == Feeding.Samples && pair.Second.All(way => way.Feeding != Feeding.Once))
            .Select(pair => pair.First)
            .ToList();
        var lengths = bound.Where(input => input.Batch > 0).DistinctBy(input => input.Batch).ToList();
        if (lengths.Count > 1)
        {
            throw Diagnostics.BatchFixed.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{_model.Path}: input `{lengths[0].Name}` takes {Shapes.Text(lengths[0].Dims!)} and `{lengths[1].Name}` "
                + $"{Shapes.Text(lengths[1].Dims!)}, and their batches, {lengths[0].Batch} and {lengths[1].Batch}, do not go together: "
                + $"say where another axis is the batch (--batch-axis {lengths[1].Name}=1), or that there is none "
                + $"(--batch-axis {lengths[1].Name}=none)."),
                file: _model.Path, node: lengths[1].Name);
        }

        if (lengths.Count == 1)
            return lengths[0].Batch!.Value;
        var first = bound.Count > 0 ? null : _inputs.Zip(_ways).FirstOrDefault(pair => pair.Second[0].Feeding == Feeding.Samples).First;
        return Math.Max(1, first?.Batch ?? 1);
    }

    /// <summary>The piece of each input, where so many samples run at once.</summary>
    /// <exception cref="QuantException">There are no samples, or not as many for each input.</exception>
    internal IReadOnlyList<FedPiece> Chosen(long batch)
    {
        var possible = _inputs.Zip(_ways, (input, ways) => Possible(input, ways, batch)).ToList();
        var leading = possible.FindIndex(ways => ways.All(way => way.Feeding != Feeding.Once));
        if (leading < 0)
            leading = Math.Max(0, possible.FindIndex(ways => ways[0].Feeding != Feeding.Once));
        var count = possible[leading][0].Count;
        var chosen = new List<FedPiece>();
        for (var i = 0; i < _inputs.Count; i++)
        {
            var way = possible[i].FirstOrDefault(way => way.Feeding != Feeding.Once && way.Count == count)
                ?? possible[i].FirstOrDefault(way => way.Feeding == Feeding.Once)
                ?? throw CountsDiffer(_inputs[i], possible[i][0].Count, _inputs[leading], count);
            RefuseCounts(_arrays[i], way);
            var array = _part.Arrays[i];
            chosen.Add(new FedPiece(() => _part.File.OpenArray(array), way, count, Dims(_inputs[i], way, batch)));
        }

        RefuseEmpty(chosen);
        if (batch > 1 && chosen.Exists(piece => piece.Fitting.Feeding == Feeding.Samples)
            && chosen.FindIndex(piece => piece.Fitting.Feeding == Feeding.Runs) is >= 0 and var whole)
        {
            throw Diagnostics.BatchFixed.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{_arrays[whole]} has one value for each sample, but {_model.Path} runs {batch} samples at once, which share "
                + $"input `{_inputs[whole].Name}`: give it once, without the axis of samples."),
                file: _arrays[whole].File, node: _inputs[whole].Name);
        }

        return chosen;
    }

    private static IReadOnlyList<long> Dims(ModelInput input, Fitting way, long batch) => way.Feeding == Feeding.Samples
        ? [.. way.Shape.Take(input.BatchAxis!.Value), batch, .. way.Shape.Skip(input.BatchAxis.Value)]
        : way.Shape;

    private IReadOnlyList<Fitting> Possible(ModelInput input, IReadOnlyList<Fitting> ways, long batch)
    {
        List<Fitting> possible =
            [.. ways.Where(way => way.Feeding != Feeding.Samples || input.Batch is -1 || input.Batch == batch)];
        return possible.Count > 0
            ? possible
            : throw Diagnostics.BatchFixed.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{_model.Path}: input `{input.Name}` takes {Shapes.Text(input.Dims!)}, but {batch} samples run at once: say where "
                + $"another axis is its batch (--batch-axis {input.Name}=1), or that it has none (--batch-axis {input.Name}=none)."),
                file: _model.Path, node: input.Name);
    }

    private ArrayInfo Header(string array)
    {
        using var reader = _part.File.OpenArray(array);
        return reader.Info;
    }

    private void Require(ModelInput input, ArrayInfo array, IReadOnlyList<Fitting> ways)
    {
        if (ways.Count == 0)
        {
            var told = input.Dims switch
            {
                null => $"{array} is a single number; its first axis must count samples.",
                [] => $"{array} has shape {Shapes.Text(array.Shape)}, but input `{input.Name}` of {_model.Path} takes a single number: "
                    + "give one for all samples, of shape [], or one for each, of shape [samples].",
                var dims => $"{array} has shape {Shapes.Text(array.Shape)}, but input `{input.Name}` of {_model.Path} "
                    + $"takes {Shapes.Text([-1, .. input.SampleDims ?? dims])}, where the first axis counts samples.",
            };
            var hint = SampleFit.BatchAxisFor(array, input) is { } axis
                ? string.Create(CultureInfo.InvariantCulture, $" Where axis {axis} is its batch, say so: --batch-axis {input.Name}={axis}.")
                : "";
            throw Diagnostics.SampleShapeDiffers.Fault(told + hint, file: array.File, node: input.Name);
        }

        if (array.ElementType.IsFloat() && !IsFloat(input.Type))
        {
            throw Diagnostics.SampleTypeDiffers.Fault(
                $"{array} holds {array.ElementType.Name()}, but input `{input.Name}` of {_model.Path} takes "
                + $"{input.Type}; convert it with numpy's astype.",
                file: array.File, node: input.Name);
        }
    }

    private static void RefuseCounts(ArrayInfo array, Fitting way)
    {
        if (way.Count == 0)
            throw Diagnostics.NoSamples.Fault($"{array} holds no samples; at least one is needed.", file: array.File);
        if (Elements(way.Shape) > int.MaxValue / 2)
            throw WithoutElements(array);
    }

    // an input may be empty beside others, as the past of a decoder's first run is
    private void RefuseEmpty(List<FedPiece> chosen)
    {
        if (chosen.TrueForAll(piece => Elements(piece.Fitting.Shape) == 0))
            throw WithoutElements(_arrays[0]);
    }

    private static Int128 Elements(IReadOnlyList<long> shape) => shape.Contains(0)
        ? 0
        : shape.Aggregate((Int128)1, (product, length) => product > int.MaxValue ? product : product * length);

    private static QuantException WithoutElements(ArrayInfo array) => Diagnostics.SampleWithoutElements.Fault(
        $"{array} has shape {Shapes.Text(array.Shape)}: a sample must have elements in one of its inputs, and fewer than 2^30 in each.",
        file: array.File);

    private QuantException CountsDiffer(ModelInput input, long count, ModelInput other, long others) =>
        Diagnostics.SampleCountsDiffer.Fault(string.Create(CultureInfo.InvariantCulture,
            $"{_part.File.Path}: input `{input.Name}` has {count} samples, but `{other.Name}` "
            + $"{others}; every input needs the same number. One that has no axis for samples is given once with --batch-axis {input.Name}=none."),
            file: _part.File.Path, node: input.Name);

    private static bool IsFloat(TensorProto.Types.DataType type) => type is TensorProto.Types.DataType.Float
        or TensorProto.Types.DataType.Double or TensorProto.Types.DataType.Float16 or TensorProto.Types.DataType.Bfloat16;
}
