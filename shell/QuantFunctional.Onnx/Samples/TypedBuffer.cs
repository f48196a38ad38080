using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Samples;

/// <summary>A buffer of elements of one type.</summary>
/// <typeparam name="TTensor">The type as ONNX Runtime knows it.</typeparam>
/// <typeparam name="TNumber">The same bits as .NET computes with them.</typeparam>
internal class TypedBuffer<TTensor, TNumber>(ModelInput input, SampleSequence samples, int batch) : InputBuffer(input, samples, batch)
    where TTensor : unmanaged
    where TNumber : unmanaged, INumberBase<TNumber>
{
    // one sample after the other; the tensor is another array only where something lies in front of its batch
    private TTensor[] _samples = [];
    private TTensor[] _tensor = [];
    private OrtValue? _value;

    /// <inheritdoc/>
    public override OrtValue Tensor => _value!;

    /// <inheritdoc/>
    public override double[] Reals(int slot)
    {
        var values = new double[Length];
        var numbers = Numbers(slot);
        for (var i = 0; i < values.Length; i++)
            values[i] = double.CreateTruncating(numbers[i]);
        return values;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Floats(int slot) => MemoryMarshal.Cast<TTensor, float>(Slot(slot));

    /// <inheritdoc/>
    public override void Dispose()
    {
        _value?.Dispose();
        base.Dispose();
    }

    /// <summary>The elements of a sample.</summary>
    protected Span<TTensor> Slot(int slot) => _samples.AsSpan(slot * Length, Length);

    /// <summary>The elements of a sample as numbers.</summary>
    protected Span<TNumber> Numbers(int slot) => MemoryMarshal.Cast<TTensor, TNumber>(Slot(slot));

    /// <summary>Reads the sample at hand.</summary>
    protected virtual void ReadInto(int slot) => Samples.Read(Numbers(slot));

    /// <inheritdoc/>
    protected sealed override void Fill(int slot)
    {
        ReadInto(slot);
        if (Digests is not null)
            SHA256.HashData(MemoryMarshal.AsBytes(Slot(slot)), DigestOf(slot));
    }

    /// <inheritdoc/>
    protected sealed override void Allocate(long[] dims)
    {
        _value?.Dispose();
        _samples = new TTensor[Length * Slots];
        _tensor = Outer == 1 ? _samples : new TTensor[_samples.Length];
        _value = OrtValue.CreateTensorValueFromMemory(_tensor, dims);
    }

    /// <inheritdoc/>
    protected sealed override void Arrange(int read)
    {
        for (var slot = read; slot < Slots; slot++)
            Slot(slot % read).CopyTo(Slot(slot));
        if (Outer == 1 || Length == 0)
            return;
        var run = Length / Outer;
        for (var slot = 0; slot < Slots; slot++)
        {
            for (var outer = 0; outer < Outer; outer++)
                Slot(slot).Slice(outer * run, run).CopyTo(_tensor.AsSpan(((outer * Slots) + slot) * run, run));
        }
    }
}

/// <summary>A buffer of real numbers, all of which are finite.</summary>
internal class RealBuffer<TTensor, TNumber>(ModelInput input, SampleSequence samples, int batch)
    : TypedBuffer<TTensor, TNumber>(input, samples, batch)
    where TTensor : unmanaged
    where TNumber : unmanaged, INumber<TNumber>
{
    /// <inheritdoc/>
    protected override void ReadInto(int slot)
    {
        base.ReadInto(slot);
        Require<TNumber>(Numbers(slot));
    }

    /// <summary>What the type is called.</summary>
    protected virtual string TypeName => ElementTypes.FromClr(typeof(TNumber))!.Value.Name();

    /// <summary>Refuses what is not finite.</summary>
    protected void Require<T>(ReadOnlySpan<T> elements)
        where T : INumberBase<T>
    {
        if (elements.IsEmpty || TensorPrimitives.IsFiniteAll(elements))
            return;
        var first = elements[0];
        for (var i = 0; T.IsFinite(first); i++)
            first = elements[i];
        var found = T.IsNaN(first) ? "NaN" : "an infinity";
        var asType = Samples.Info.ElementType.Size() > Unsafe.SizeOf<TNumber>() ? $" (as {TypeName})" : "";
        throw Diagnostics.SampleNotFinite.Fault(string.Create(CultureInfo.InvariantCulture,
            $"{Samples.Info} holds {found}{asType} in sample {Samples.LastSample} (the first is 0); "
            + $"repair or remove that sample."),
            file: Samples.Info.File);
    }
}

/// <summary>A buffer of float32 numbers without their last 16 bits, which no array holds.</summary>
internal sealed class ShortFloatBuffer(ModelInput input, SampleSequence samples, int batch)
    : RealBuffer<BFloat16, ushort>(input, samples, batch)
{
    private float[] _read = [];

    /// <inheritdoc/>
    protected override string TypeName => "bfloat16";

    /// <inheritdoc/>
    public override double[] Reals(int slot) => [.. Slot(slot).ToArray().Select(value => (double)value.ToFloat())];

    /// <inheritdoc/>
    protected override void ReadInto(int slot)
    {
        Array.Resize(ref _read, Length);
        Samples.Read(_read.AsSpan());
        var elements = Slot(slot);
        for (var i = 0; i < _read.Length; i++)
        {
            elements[i] = (BFloat16)_read[i];
            _read[i] = elements[i].ToFloat();
        }

        Require<float>(_read);
    }
}

/// <summary>A buffer of truth values; whatever is not 0 is true.</summary>
internal sealed class TruthBuffer(ModelInput input, SampleSequence samples, int batch) : TypedBuffer<bool, byte>(input, samples, batch)
{
    /// <inheritdoc/>
    protected override void ReadInto(int slot)
    {
        base.ReadInto(slot);
        var numbers = Numbers(slot);
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (byte)(numbers[i] == 0 ? 0 : 1);
    }
}
