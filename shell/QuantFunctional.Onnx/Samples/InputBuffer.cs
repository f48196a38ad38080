using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Model;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace QuantFunctional.Onnx.Samples;

/// <summary>Holds the samples of one run of one input, as a tensor that ONNX Runtime reads where it lies.</summary>
internal abstract class InputBuffer : IDisposable
{
    private readonly int _batch;
    private IReadOnlyList<long>? _dims;

    /// <summary>A buffer that takes as many samples at once as there are in a batch.</summary>
    protected InputBuffer(ModelInput input, SampleSequence samples, int batch)
    {
        (Input, Samples, _batch) = (input, samples, batch);
        Dims = samples.CommonDims;
    }

    /// <summary>The input.</summary>
    public ModelInput Input { get; }

    /// <summary>The input's name.</summary>
    public string Name => Input.Name;

    /// <summary>The tensor: the same one for every run, except where samples have other shapes than those before.</summary>
    public abstract OrtValue Tensor { get; }

    /// <summary>The tensor's dimensions in all runs, batch included; -1 where they differ, null where their number does.</summary>
    public IReadOnlyList<long>? Dims { get; }

    /// <summary>Samples in all.</summary>
    public long Count => Samples.Count;

    /// <summary>Whether the tensor is the same in every run.</summary>
    public bool IsGivenOnce => Samples.IsGivenOnce;

    /// <summary>Where a sample of the run lies; an input that is given as a whole has one place for all of them.</summary>
    public int Place(int slot) => slot % Slots;

    /// <summary>The SHA-256 of each sample of the run, one after the other; null where nobody wants to know.</summary>
    protected byte[]? Digests { get; private set; }

    /// <summary>The samples.</summary>
    protected SampleSequence Samples { get; }

    /// <summary>How many samples lie side by side in the tensor.</summary>
    protected int Slots => Samples.Fitting.Feeding == Feeding.Samples ? _batch : 1;

    /// <summary>How many elements lie in front of the batch, each with a batch behind it.</summary>
    protected int Outer { get; private set; }

    /// <summary>Elements of one sample.</summary>
    protected int Length { get; private set; }

    /// <summary>Reads the next sample into a place of the run; false after the last one.</summary>
    /// <exception cref="QuantException">The file is damaged, or the sample holds NaN or an infinity.</exception>
    public bool Read(int slot)
    {
        if (!Samples.MoveNext())
            return false;
        if (Samples.IsRead)
            return true;
        var dims = Samples.Dims;
        if (!ReferenceEquals(_dims, dims))
        {
            if (_dims is null || !_dims.SequenceEqual(dims))
                Shape(Samples.Fitting.Shape);
            _dims = dims;
        }

        Fill(slot);
        return true;
    }

    /// <summary>Passes over the next sample.</summary>
    public void Skip()
    {
        if (Samples.MoveNext())
            Samples.Skip();
    }

    /// <summary>Makes a run of the samples that were read: what is left of it is filled with them again, from the first on.</summary>
    public void Complete(int read) => Arrange(Math.Min(read, Slots));

    /// <summary>The elements of a sample as real numbers, in order.</summary>
    public abstract double[] Reals(int slot);

    /// <summary>The elements of a sample that are float32 already.</summary>
    public abstract ReadOnlySpan<float> Floats(int slot);

    /// <summary>Frees the tensor and closes the file.</summary>
    public virtual void Dispose() => Samples.Dispose();

    /// <summary>From now on, what is read gets a digest.</summary>
    public void BeginDigest() => Digests = new byte[SHA256.HashSizeInBytes * _batch];

    /// <summary>The SHA-256 of a sample of the run as it was fed.</summary>
    public ReadOnlySpan<byte> Digest(int slot) => DigestOf(Place(slot));

    /// <summary>A buffer for an input of any type that is supported.</summary>
    public static InputBuffer Create(ModelInput input, SampleSequence samples, int batch, OnnxModel model) => input.Type switch
    {
        DataType.Float => new RealBuffer<float, float>(input, samples, batch),
        DataType.Double => new RealBuffer<double, double>(input, samples, batch),
        DataType.Float16 => new RealBuffer<Float16, Half>(input, samples, batch),
        DataType.Bfloat16 => new ShortFloatBuffer(input, samples, batch),
        DataType.Uint8 => new TypedBuffer<byte, byte>(input, samples, batch),
        DataType.Uint16 => new TypedBuffer<ushort, ushort>(input, samples, batch),
        DataType.Uint32 => new TypedBuffer<uint, uint>(input, samples, batch),
        DataType.Uint64 => new TypedBuffer<ulong, ulong>(input, samples, batch),
        DataType.Int8 => new TypedBuffer<sbyte, sbyte>(input, samples, batch),
        DataType.Int16 => new TypedBuffer<short, short>(input, samples, batch),
        DataType.Int32 => new TypedBuffer<int, int>(input, samples, batch),
        DataType.Int64 => new TypedBuffer<long, long>(input, samples, batch),
        DataType.Bool => new TruthBuffer(input, samples, batch),
        _ => throw Diagnostics.InputTypeNotFed.Fault(
            $"{model.Path}: input `{input.Name}` takes {input.Type}, which no samples can be converted to; "
            + "give the model an input of float32 (or float16, float64, integers or truth values).",
            file: model.Path, node: input.Name),
    };

    /// <summary>Where the digest of a sample of the run goes.</summary>
    protected Span<byte> DigestOf(int slot) => Digests.AsSpan(slot * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);

    /// <summary>Makes room for samples of a length, in a tensor of these dimensions.</summary>
    protected abstract void Allocate(long[] dims);

    /// <summary>Reads the sample at hand into its place.</summary>
    protected abstract void Fill(int slot);

    /// <summary>Fills the rest of the run, and puts the samples in the tensor's order.</summary>
    protected abstract void Arrange(int read);

    private void Shape(IReadOnlyList<long> shape)
    {
        var dims = Samples.Dims;
        Length = (int)shape.Aggregate(1L, (product, length) => product * length);
        Outer = Slots == 1 ? 1 : (int)dims.Take(Input.BatchAxis!.Value).Aggregate(1L, (product, length) => product * length);
        if ((long)Length * Slots > Array.MaxLength)
        {
            throw Diagnostics.SampleWithoutElements.Fault(FormattableString.Invariant(
                $"input `{Name}`: {Slots} samples at once have more than 2^31 elements; give the model a smaller batch."), node: Name);
        }

        Allocate([.. dims]);
    }
}
