using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The labels beside the samples.</summary>
internal sealed class ClassLabels
{
    private readonly ArrayInfo _info;
    private readonly long[] _labels;

    private ClassLabels(ArrayInfo info, long[] labels, bool wereAskedFor) =>
        (_info, _labels, WereAskedFor) = (info, labels, wereAskedFor);

    /// <summary>Whether the user named the array, and so expects top-1.</summary>
    public bool WereAskedFor { get; }

    /// <summary>The name of the array of labels: the one asked for, else <c>labels</c>.</summary>
    public static string Name(string? asked) => asked ?? SampleSource.UsualLabels;

    /// <summary>Refuses early a name that no array has.</summary>
    /// <exception cref="QuantException">There is no such array.</exception>
    public static void CheckName(SampleArrays data, OnnxModel model, string? asked)
    {
        if (asked is not null)
            data.Open(model).OpenArray(asked).Dispose();
    }

    /// <summary>Reads the labels; null where none were asked for and there are none.</summary>
    /// <exception cref="QuantException">
    /// The array asked for is missing; labels are not integers, or are not as many as the samples.
    /// </exception>
    public static ClassLabels? Read(SampleArrays data, OnnxModel model, string? asked, long samples)
    {
        var file = data.Open(model);
        if (asked is null && !file.Names.Contains(SampleSource.UsualLabels))
            return null;
        IReadOnlyList<ArrayFile> parts = file.Parts.Count > 0 ? file.Parts : [file];
        var labels = new List<long>();
        ArrayInfo? info = null;
        Span<long> label = stackalloc long[1];
        foreach (var part in parts)
        {
            using var reader = part.OpenArray(Name(asked));
            if (file.Parts.Count > 0 && reader.Info.Shape.Count == 0)
                reader.TakeAsOneSample();
            info = reader.Info;
            RefuseOthers(info);
            while (reader.TryRead(label))
                labels.Add(label[0]);
        }

        return labels.Count == samples
            ? new ClassLabels(info!, [.. labels], asked is not null)
            : throw Diagnostics.LabelsWrong.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{info} has shape {Shapes.Text(info!.Shape)}, but there are {samples} samples, and each needs one label."),
                file: info.File);
    }

    /// <summary>The SHA-256 of all labels in order, in hexadecimal.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(_labels.AsSpan())));

    /// <summary>The label of a sample.</summary>
    /// <param name="sample">The sample, counted from 0.</param>
    /// <param name="classes">Labels are at least 0 and below this.</param>
    public int Of(long sample, int classes)
    {
        var label = _labels[sample];
        if (label >= 0 && label < classes)
            return (int)label;
        throw Diagnostics.LabelOutOfRange.Fault(string.Create(CultureInfo.InvariantCulture,
            $"{_info} holds label {label} for sample {sample}, but the models tell "
            + $"{classes} classes apart, counted from 0."),
            file: _info.File);
    }

    /// <summary>The file and array as messages name them.</summary>
    public override string ToString() => _info.ToString();

    private static void RefuseOthers(ArrayInfo info)
    {
        if (info.ElementType.IsFloat() || info.ElementType == ElementType.Bool)
        {
            throw Diagnostics.LabelsWrong.Fault(
                $"{info} holds {info.ElementType.Name()}, but labels are integers: convert it with numpy's astype.",
                file: info.File);
        }

        if (info.SampleLength != 1 || info.Shape.Count == 0)
        {
            throw Diagnostics.LabelsWrong.Fault(
                $"{info} has shape {Shapes.Text(info.Shape)}, but each sample needs one label, and the first axis counts them.",
                file: info.File);
        }
    }
}
