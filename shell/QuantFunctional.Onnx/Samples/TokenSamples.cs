using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>
/// Samples of a decoder of which only the tokens are given: each row begins a text, so that its mask is of ones, its positions
/// count from 0, and its past is empty.
/// </summary>
internal sealed class TokenSamples(IReadOnlyList<ModelInput> inputs, OnnxModel model)
{
    private readonly DecoderInputs? _decoder = DecoderInputs.Of(inputs);
    private readonly List<ModelInput> _made = [];
    private string _file = "";

    /// <summary>The model's inputs.</summary>
    internal IReadOnlyList<ModelInput> Inputs => inputs;

    /// <summary>The arrays, and what a decoder needs beside its tokens; as they are where nothing is to be made.</summary>
    /// <remarks>Where a part of the past is given, every input has to be, since it is not told how long that past is.</remarks>
    internal ArrayFile Completed(ArrayFile file)
    {
        if (_decoder is null || inputs.Count == 1 || inputs.All(input => file.Names.Contains(input.Name))
            || _decoder.Past.Any(past => file.Names.Contains(past.Name)))
            return file;
        if (file.Parts.Count > 0)
            return ArrayFile.Of(file.Path, [.. file.Parts.Select(Completed)]);
        List<string> arrays = [.. file.Names.Where(name => name != SampleSource.UsualLabels && inputs.All(input => input.Name != name))];
        if (file.Names.Contains(_decoder.Tokens.Name))
            return With(file, _decoder.Tokens.Name);
        return arrays.Count switch
        {
            0 => file,
            1 => With(file, arrays[0]),
            _ => file.IsFolder ? ArrayFile.Of(file.Path, [.. arrays.Select(array => With(file, array))]) : file,
        };
    }

    /// <summary>What was made, for the report.</summary>
    internal IReadOnlyList<ReportWarning> Made()
    {
        List<string> told =
        [
            .. _made.Where(input => input == _decoder!.Mask).Select(input => $"`{input.Name}` of ones"),
            .. _made.Where(input => input == _decoder!.Positions).Select(input => $"`{input.Name}` counted from 0"),
        ];
        if (_decoder?.Past is [var first, ..] past && _made.Contains(first))
            told.Add(past.Count == 1 ? $"`{first.Name}` empty" : FormattableString.Invariant($"`{first.Name}` and {past.Count - 1} like it empty"));
        return told.Count == 0
            ? []
            : [Diagnostics.InputsMade.Warn($"{_file}: {string.Join(", ", told)}, as at the first run of a text: the data holds tokens alone")];
    }

    private ArrayFile With(ArrayFile file, string array)
    {
        ArrayInfo tokens;
        using (var reader = Tokens(file, array))
            tokens = reader.Info;
        if (tokens.ElementType.IsFloat() || tokens.Shape.Count != (tokens.Shape is [_, 1, _] ? 3 : 2))
        {
            throw Diagnostics.TokensWrong.Fault(
                $"{tokens} is {tokens.ElementType.Name()} of the shape {Shapes.Text(tokens.Shape)}, but `{_decoder!.Tokens.Name}` of {model.Path} "
                + "takes tokens: whole numbers of the shape [samples, length].",
                file: tokens.File, node: _decoder.Tokens.Name);
        }

        var (rows, length) = (tokens.Shape[0], tokens.Shape[^1]);
        var made = inputs.Where(input => input != _decoder!.Tokens && !file.Names.Contains(input.Name)).ToList();
        (_file, var known) = (file.Path, _made.ToHashSet());
        _made.AddRange(made.Where(input => !known.Contains(input)));
        return ArrayFile.Of(file.Path,
        [
            (_decoder!.Tokens.Name, () => Tokens(file, array)),
            .. file.Names.Where(name => name != array && name != _decoder.Tokens.Name).Select(name => (name, (Func<SampleReader>)(() => file.OpenArray(name)))),
            .. made.Select(input => (input.Name, (Func<SampleReader>)(() => Made(file.Path, input, rows, length)))),
        ]);
    }

    // a file of its own for each row needs no axis that counts rows
    private static SampleReader Tokens(ArrayFile file, string array)
    {
        var reader = file.OpenArray(array);
        if (reader.Info.Shape.Count == 1)
            reader.TakeAsOneSample();
        return reader;
    }

    private SampleReader Made(string file, ModelInput input, long rows, long length)
    {
        var isPast = _decoder!.Past.Contains(input);
        long[] shape = isPast ? WithRowsFirst(input, rows) : [rows, length];
        return SampleReader.Raw(
            isPast ? Stream.Null : new MadeRows(rows, length, areCounted: input == _decoder.Positions),
            new ArrayInfo(file, input.Name, ElementType.Int64, shape));
    }

    private static long[] WithRowsFirst(ModelInput past, long rows)
    {
        var dims = DecoderInputs.Empty(past, rows);
        return [rows, .. dims.Where((_, axis) => axis != past.BatchAxis)];
    }
}
