using System.Globalization;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The labels beside the samples, read one by one.</summary>
internal sealed class ClassLabels : IDisposable
{
    private readonly SampleReader _reader;
    private long _last;

    private ClassLabels(SampleReader reader, bool wereAskedFor) => (_reader, WereAskedFor) = (reader, wereAskedFor);

    /// <summary>Whether the user named the array, and so expects top-1.</summary>
    public bool WereAskedFor { get; }

    /// <summary>The name of the array of labels: the one asked for, else <c>labels</c>.</summary>
    public static string Name(string? asked) => asked ?? SampleSource.UsualLabels;

    /// <summary>Refuses early a name that no array has.</summary>
    /// <exception cref="QuantException">There is no such array.</exception>
    public static void CheckName(SampleArrays data, string? asked)
    {
        if (asked is not null)
            data.Open().OpenArray(asked).Dispose();
    }

    /// <summary>Opens the labels; null where none were asked for and there are none.</summary>
    /// <exception cref="QuantException">
    /// The array asked for is missing; labels are not integers, or are not as many as the samples.
    /// </exception>
    public static ClassLabels? Open(SampleArrays data, string? asked, long samples)
    {
        var file = data.Open();
        if (asked is null && !file.Names.Contains(SampleSource.UsualLabels))
            return null;
        var reader = file.OpenArray(Name(asked));
        var info = reader.Info;
        string? fault = null;
        if (info.ElementType.IsFloat() || info.ElementType == ElementType.Bool)
            fault = $"holds {info.ElementType.Name()}, but labels are integers: convert it with numpy's astype";
        else if (info.SampleLength != 1 || info.SampleCount != samples || info.Shape.Count == 0)
        {
            fault = string.Create(CultureInfo.InvariantCulture,
                $"has shape {Shapes.Text(info.Shape)}, but there are {samples} samples, and each needs one label");
        }

        if (fault is null)
            return new ClassLabels(reader, asked is not null);
        reader.Dispose();
        throw Diagnostics.LabelsWrong.Fault($"{info} {fault}.", file: info.File);
    }

    /// <summary>The label of a sample: of the next one, or again of the one that was read last.</summary>
    /// <param name="sample">The sample, counted from 0.</param>
    /// <param name="classes">Labels are at least 0 and below this.</param>
    public int Of(long sample, int classes)
    {
        Span<long> label = [_last];
        if (_reader.Position <= sample)
            _reader.TryRead(label);
        _last = label[0];
        if (_last >= 0 && _last < classes)
            return (int)_last;
        throw Diagnostics.LabelOutOfRange.Fault(string.Create(CultureInfo.InvariantCulture,
            $"{_reader.Info} holds label {_last} for sample {_reader.Position - 1}, but the models tell "
            + $"{classes} classes apart, counted from 0."),
            file: _reader.Info.File);
    }

    /// <summary>The file and array as messages name them.</summary>
    public override string ToString() => _reader.Info.ToString();

    /// <summary>Closes the file.</summary>
    public void Dispose() => _reader.Dispose();
}
