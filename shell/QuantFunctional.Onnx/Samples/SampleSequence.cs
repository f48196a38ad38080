using System.Numerics;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The samples of one input: an array along its first axis, or several arrays one after the other.</summary>
internal sealed class SampleSequence(IReadOnlyList<FedPiece> pieces) : IDisposable
{
    private FedPiece _piece = pieces[0];
    private SampleReader? _reader;
    private int _opened;
    private long _left;
    private bool _isRead;

    /// <summary>Samples in all.</summary>
    public long Count { get; } = pieces.Sum(piece => piece.Samples);

    /// <summary>The input's dimensions in all runs, -1 where they differ; null where their number does.</summary>
    public IReadOnlyList<long>? CommonDims { get; } = Common([.. pieces.Select(piece => piece.Dims)]);

    /// <summary>Whether one array is given once for all samples.</summary>
    public bool IsGivenOnce { get; } = pieces is [{ Fitting.Feeding: Feeding.Once, Samples: > 1 }];

    /// <summary>The input's dimensions with the sample at hand.</summary>
    public IReadOnlyList<long> Dims => _piece.Dims;

    /// <summary>How the sample at hand is given.</summary>
    public Fitting Fitting => _piece.Fitting;

    /// <summary>The array that is being read.</summary>
    public ArrayInfo Info => _reader!.Info;

    /// <summary>The index, from 0, of the sample of <see cref="Info"/> that was read last.</summary>
    public long LastSample => _reader!.Position - 1;

    /// <summary>Whether the sample at hand is the one that was read last, which is given once for all.</summary>
    public bool IsRead => _isRead && _piece.Fitting.Feeding == Feeding.Once;

    /// <summary>Goes on to the next sample; false after the last one.</summary>
    public bool MoveNext()
    {
        while (_left == 0)
        {
            if (_opened == pieces.Count)
                return false;
            _reader?.Dispose();
            _piece = pieces[_opened++];
            _reader = _piece.Open();
            if (_piece.Fitting.IsWhole)
                _reader.TakeAsOneSample();
            _left = _piece.Samples;
            _isRead = false;
        }

        _left--;
        return true;
    }

    /// <summary>Reads the sample at hand.</summary>
    public void Read<T>(Span<T> sample)
        where T : unmanaged, INumberBase<T>
    {
        _reader!.TryRead(sample);
        _isRead = true;
    }

    /// <summary>Passes over the sample at hand.</summary>
    public void Skip()
    {
        if (_piece.Fitting.Feeding != Feeding.Once)
            _reader!.Skip();
    }

    /// <summary>Closes the file that is being read.</summary>
    public void Dispose() => _reader?.Dispose();

    private static long[]? Common(IReadOnlyList<IReadOnlyList<long>> shapes)
    {
        var common = shapes[0].ToArray();
        foreach (var shape in shapes)
        {
            if (shape.Count != common.Length)
                return null;
            for (var axis = 0; axis < common.Length; axis++)
                common[axis] = shape[axis] == common[axis] ? common[axis] : -1;
        }

        return common;
    }
}
