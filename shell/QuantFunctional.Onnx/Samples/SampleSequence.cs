using System.Numerics;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The samples of one input: an array along its first axis, or several arrays one after the other.</summary>
internal sealed class SampleSequence : IDisposable
{
    private readonly ArrayFile _file;
    private readonly IReadOnlyList<string> _arrays;
    private readonly ModelInput _input;
    private readonly OnnxModel _model;
    private SampleReader _reader;
    private int _opened;

    /// <summary>Opens the arrays, and checks every header against the input before the first sample is read.</summary>
    public SampleSequence(ArrayFile file, IReadOnlyList<string> arrays, ModelInput input, OnnxModel model)
    {
        (_file, _arrays, _input, _model) = (file, arrays, input, model);
        ArrayInfo? first = null;
        foreach (var array in arrays)
        {
            using var reader = OpenFitting(array);
            first ??= reader.Info;
            if (!first.SampleShape.SequenceEqual(reader.Info.SampleShape))
            {
                throw Diagnostics.SampleShapesDiffer.Fault(
                    $"{reader.Info} has shape {Shapes.Text(reader.Info.Shape)}, but {first} "
                    + $"{Shapes.Text(first.Shape)}; all samples must have the same shape.",
                    file: reader.Info.File);
            }

            Count += reader.Info.SampleCount;
        }

        if (Count == 0)
            throw Diagnostics.NoSamples.Fault($"{first} holds no samples; at least one is needed.", file: first?.File);
        if (first!.SampleLength is 0 || first.SampleLength > Array.MaxLength)
        {
            throw Diagnostics.SampleWithoutElements.Fault(
                $"{first} has shape {Shapes.Text(first.Shape)}: a sample must have elements, and fewer than 2^31.",
                file: first.File);
        }

        SampleShape = first.SampleShape;
        _reader = OpenNext();
    }

    /// <summary>Samples in all.</summary>
    public long Count { get; }

    /// <summary>The shape of one sample, without the axis of samples.</summary>
    public IReadOnlyList<long> SampleShape { get; }

    /// <summary>The array that is being read.</summary>
    public ArrayInfo Info => _reader.Info;

    /// <summary>The index, from 0, of the sample of <see cref="Info"/> that was read last.</summary>
    public long LastSample => _reader.Position - 1;

    /// <summary>Reads the next sample; false after the last one.</summary>
    public bool TryRead<T>(Span<T> sample)
        where T : unmanaged, INumberBase<T>
    {
        while (!_reader.TryRead(sample))
        {
            if (_opened == _arrays.Count)
                return false;
            _reader.Dispose();
            _reader = OpenNext();
        }

        return true;
    }

    /// <summary>Closes the file that is being read.</summary>
    public void Dispose() => _reader.Dispose();

    private SampleReader OpenNext() => OpenFitting(_arrays[_opened++]);

    private SampleReader OpenFitting(string array)
    {
        var reader = _file.OpenArray(array);
        try
        {
            SampleFit.Check(reader, _input, _model, mayBeOneSample: _file.IsFolder);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }
}
