using System.Globalization;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Writes the real numbers that integer weights stand for, a row at a time, so that no tensor of them is ever held.</summary>
internal static class WrittenReals
{
    private const string ArchiveExtension = ".npz";
    private const string Extension = ".npy";

    internal static WrittenWeights Write(WriteWeightsRequest request, CancellationToken cancel)
    {
        var isArchive = request.OutputPath.EndsWith(ArchiveExtension, StringComparison.OrdinalIgnoreCase);
        if (isArchive)
            AtomicFile.Check(request.OutputPath, request.Overwrite);
        else
            AtomicFolder.Check(request.OutputPath, MayReplace);
        var model = OnnxModel.Load(ModelFolder.DecoderOf(request.Model));
        RefuseInputs(request, model);
        var weights = FoundIntegers.Of(model);
        var chosen = Chosen(request, model, weights);
        var written = chosen.Select((weight, at) => new WrittenWeight(
            weight.Name, weight.Operator, weight.Type, SizesOf(weight), isArchive ? null : FileOf(weight, at))).ToList();
        if (isArchive)
        {
            AtomicFile.Write(
                request.OutputPath, stream => NpzWriter.Write(stream, chosen.Select(weight => (weight.Name, Writing(weight)))), request.Overwrite);
        }
        else
        {
            AtomicFolder.Write(request.OutputPath, MayReplace, folder =>
            {
                foreach (var (weight, file) in chosen.Zip(written, (weight, one) => (weight, one.File!)))
                {
                    using var stream = new FileStream(Path.Combine(folder, file), FileMode.CreateNew, FileAccess.Write);
                    Writing(weight)(stream);
                }
            });
        }

        return new WrittenWeights(model.Path, written, request.OutputPath) { NotRead = request.Layer is null ? weights.NotRead : [] };

        // what else a folder holds is not this tool's to delete
        bool MayReplace(string folder) => request.Overwrite
            && Directory.EnumerateFileSystemEntries(folder).All(entry => File.Exists(entry) && entry.EndsWith(Extension, StringComparison.OrdinalIgnoreCase));

        Action<Stream> Writing(IntegerWeight weight) => stream => WriteOne(weight, model.Path, stream, cancel);
    }

    private static IReadOnlyList<IntegerWeight> Chosen(WriteWeightsRequest request, OnnxModel model, FoundIntegers weights)
    {
        if (weights.Found.Count == 0)
        {
            throw Diagnostics.NoIntegerLayer.Fault(
                $"{model.Path}: the weights of no product or embedding are integers, so there is nothing to write.", file: model.Path);
        }

        if (request.Layer is not { } name)
            return weights.Found;
        var named = weights.Found.Where(weight => weight.Name == name).ToList();
        if (named.Count > 0)
            return named;
        var nearest = string.Join(", ", NearestNames.Of([.. weights.Found.Select(weight => weight.Name)], name, 3));
        throw Diagnostics.LayerMissing.Fault(FormattableString.Invariant(
            $"--layer: {model.Path} has no product or embedding '{name}' with integer weights; nearest of its {weights.Found.Count}: {nearest}."),
            file: model.Path);
    }

    private static void RefuseInputs(WriteWeightsRequest request, OnnxModel model)
    {
        if (model.DataFiles.Append(model.Path).Any(input => Path.GetFullPath(input) == Path.GetFullPath(request.OutputPath)))
        {
            throw Diagnostics.OverwritesInput.Fault(
                $"{request.OutputPath}: this is an input, and inputs are not modified. Name another file with -o.", file: request.OutputPath);
        }
    }

    // a product's as it multiplies by them, inputs in rows; a table's with a row for each token
    private static IReadOnlyList<long> SizesOf(IntegerWeight weight) =>
        weight.IsTable ? [weight.Channels, weight.Inputs] : [weight.Inputs, weight.Channels];

    private static void WriteOne(IntegerWeight weight, string path, Stream stream, CancellationToken cancel)
    {
        var read = new ReadWeights(weight, path);
        var sizes = SizesOf(weight);
        NpyWriter.Begin(stream, ElementType.Float32, [.. sizes]);
        var row = new float[sizes[1]];
        for (var at = 0; at < sizes[0]; at++)
        {
            cancel.ThrowIfCancellationRequested();
            for (var place = 0; place < row.Length; place++)
                row[place] = weight.IsTable ? read.Real(at, place) : read.Real(place, at);
            NpyWriter.Append<float>(stream, row);
        }

        Memory.LetGoOf(weight.Integers);
    }

    /// <summary>Numbered, so that files stand in the order of the data, and no two names fall together.</summary>
    private static string FileOf(IntegerWeight weight, int index)
    {
        var name = string.Concat(weight.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '_'));
        return string.Create(CultureInfo.InvariantCulture, $"{index:D3}_{name[..Math.Min(100, name.Length)]}{Extension}");
    }
}
