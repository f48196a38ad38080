using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace QuantFunctional.Onnx.Samples;

/// <summary>Holds one sample of one input, as a tensor of batch 1 that ONNX Runtime reads where it lies.</summary>
internal abstract class InputBuffer(string name, SampleSequence samples) : IDisposable
{
    /// <summary>The input's name.</summary>
    public string Name { get; } = name;

    /// <summary>The tensor: the same one for every sample.</summary>
    public abstract OrtValue Tensor { get; }

    /// <summary>The tensor's dimensions, batch included.</summary>
    public long[] Dims { get; } = [1, .. samples.SampleShape];

    /// <summary>Samples in all.</summary>
    public long Count => samples.Count;

    /// <summary>Fills the tensor with the next sample; false after the last one.</summary>
    /// <exception cref="QuantException">The file is damaged, or the sample holds NaN or an infinity.</exception>
    public abstract bool MoveNext();

    /// <summary>Frees the tensor and closes the file.</summary>
    public virtual void Dispose() => samples.Dispose();

    /// <summary>A buffer for an input of any type that is supported.</summary>
    public static InputBuffer Create(ModelInput input, SampleSequence samples, OnnxModel model) => input.Type switch
    {
        DataType.Float => new Floats<float>(input.Name, samples),
        DataType.Double => new Floats<double>(input.Name, samples),
        DataType.Uint8 => new Of<byte>(input.Name, samples),
        DataType.Uint16 => new Of<ushort>(input.Name, samples),
        DataType.Uint32 => new Of<uint>(input.Name, samples),
        DataType.Uint64 => new Of<ulong>(input.Name, samples),
        DataType.Int8 => new Of<sbyte>(input.Name, samples),
        DataType.Int16 => new Of<short>(input.Name, samples),
        DataType.Int32 => new Of<int>(input.Name, samples),
        DataType.Int64 => new Of<long>(input.Name, samples),
        DataType.Bool => new Truths(input.Name, samples),
        _ => throw Diagnostics.InputTypeNotFed.Fault(
            $"{model.Path}: input `{input.Name}` takes {input.Type}, which no samples can be converted to; "
            + "give the model an input of float32 (or float64, integers or truth values).",
            file: model.Path, node: input.Name),
    };

    private class Of<T> : InputBuffer
        where T : unmanaged, INumberBase<T>
    {
        private readonly SampleSequence _samples;

        public Of(string name, SampleSequence samples)
            : base(name, samples)
        {
            _samples = samples;
            Elements = new T[Dims.Aggregate(1L, (product, dim) => product * dim)];
            Tensor = OrtValue.CreateTensorValueFromMemory(Elements, Dims);
        }

        public override OrtValue Tensor { get; }

        protected T[] Elements { get; }

        public override bool MoveNext() => _samples.TryRead<T>(Elements);

        public override void Dispose()
        {
            Tensor.Dispose();
            base.Dispose();
        }
    }

    private sealed class Truths : InputBuffer
    {
        private readonly SampleSequence _samples;
        private readonly byte[] _read;
        private readonly bool[] _elements;

        public Truths(string name, SampleSequence samples)
            : base(name, samples)
        {
            _samples = samples;
            _read = new byte[Dims.Aggregate(1L, (product, dim) => product * dim)];
            _elements = new bool[_read.Length];
            Tensor = OrtValue.CreateTensorValueFromMemory(_elements, Dims);
        }

        public override OrtValue Tensor { get; }

        public override bool MoveNext()
        {
            if (!_samples.TryRead<byte>(_read))
                return false;
            for (var i = 0; i < _read.Length; i++)
                _elements[i] = _read[i] != 0;
            return true;
        }

        public override void Dispose()
        {
            Tensor.Dispose();
            base.Dispose();
        }
    }

    private sealed class Floats<T>(string name, SampleSequence samples) : Of<T>(name, samples)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly SampleSequence _samples = samples;

        public override bool MoveNext()
        {
            if (!base.MoveNext())
                return false;
            if (TensorPrimitives.IsFiniteAll<T>(Elements))
                return true;
            var first = Array.Find(Elements, element => !T.IsFinite(element));
            var found = T.IsNaN(first) ? "NaN" : "an infinity";
            var asType = _samples.Info.ElementType == ElementType.Float64 && typeof(T) == typeof(float)
                ? " (as float32)"
                : "";
            throw Diagnostics.SampleNotFinite.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{_samples.Info} holds {found}{asType} in sample {_samples.LastSample} (the first is 0); "
                + $"repair or remove that sample."),
                file: _samples.Info.File);
        }
    }
}
