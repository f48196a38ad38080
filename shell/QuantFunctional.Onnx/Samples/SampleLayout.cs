using System.Globalization;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>A piece of what feeds an input.</summary>
/// <param name="Open">Opens the array.</param>
/// <param name="Fitting">What it holds.</param>
/// <param name="Samples">How many samples it serves.</param>
/// <param name="Dims">The input's dimensions in a run.</param>
internal sealed record FedPiece(Func<SampleReader> Open, Fitting Fitting, long Samples, IReadOnlyList<long> Dims);

/// <summary>How the parts of samples feed a model's inputs.</summary>
/// <param name="Batch">How many samples run at once.</param>
/// <param name="Pieces">For each input, its pieces one after the other.</param>
internal sealed record SampleLayout(int Batch, IReadOnlyList<IReadOnlyList<FedPiece>> Pieces)
{
    /// <summary>Finds out, from the headers alone.</summary>
    /// <exception cref="QuantException">An array does not fit its input, or they do not fit each other.</exception>
    internal static SampleLayout Of(
        IReadOnlyList<SamplePart> parts, IReadOnlyList<ModelInput> inputs, OnnxModel model, bool mayBeOneSample)
    {
        var pieces = inputs.Select(_ => new List<FedPiece>()).ToList();
        long? batch = null;
        foreach (var part in parts)
        {
            var fed = new FedPart(part, inputs, model, mayBeOneSample);
            batch ??= fed.Batch();
            foreach (var (piece, i) in fed.Chosen(batch.Value).Select((piece, i) => (piece, i)))
                pieces[i].Add(piece);
        }

        if (batch > int.MaxValue)
            throw Diagnostics.BatchFixed.Fault($"{model.Path}: a batch of {batch} samples fits no memory.", file: model.Path);
        if (batch > 1 && pieces.Find(own => own.Any(piece => !piece.Fitting.Shape.SequenceEqual(own[0].Fitting.Shape))) is { } unlike)
        {
            throw Diagnostics.SampleShapesDiffer.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{Told(unlike.First(piece => !piece.Fitting.Shape.SequenceEqual(unlike[0].Fitting.Shape)))}, but {Told(unlike[0])}; "
                + $"{model.Path} takes {batch} samples at once, which must have the same shape."),
                file: parts[0].File.Path);
        }

        return new SampleLayout((int)batch!.Value, pieces);
    }

    private static string Told(FedPiece piece)
    {
        using var reader = piece.Open();
        return $"{reader.Info} has shape {Shapes.Text(reader.Info.Shape)}";
    }
}
