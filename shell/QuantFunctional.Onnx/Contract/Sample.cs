using System.Collections;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx;

/// <summary>What a model is fed with once: a tensor for each input.</summary>
/// <remarks>
/// A tensor has the input's shape with a batch of 1, or without the batch. Its elements are copied, so that a buffer can be
/// used again for the next sample. <c>new Sample { { "input", pixels, 1, 28, 28 } }</c>.
/// </remarks>
public sealed class Sample : IEnumerable<string>
{
    private readonly Dictionary<string, SampleTensor> _inputs = new(StringComparer.Ordinal);

    /// <summary>The class that the sample belongs to, counted from 0; null where it is not known.</summary>
    public long? Label { get; init; }

    /// <summary>The tensors by input.</summary>
    internal IReadOnlyDictionary<string, SampleTensor> Inputs => _inputs;

    /// <summary>Adds the tensor of an input.</summary>
    /// <typeparam name="T">bool, or a number of one of the <see cref="ElementType"/>s.</typeparam>
    /// <param name="input">The input's name.</param>
    /// <param name="elements">The elements in C order (the last axis fastest).</param>
    /// <param name="shape">The axes' lengths.</param>
    /// <exception cref="ArgumentException">
    /// The type is none that is read, the shape does not fit the elements, or the input has a tensor already.
    /// </exception>
    public void Add<T>(string input, ReadOnlySpan<T> elements, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        ArgumentException.ThrowIfNullOrEmpty(input);
        var type = ElementTypes.FromClr(typeof(T))
            ?? throw new ArgumentException($"{typeof(T).Name} is not an element type.", nameof(elements));
        Shapes.RequireFilled(elements.Length, shape, nameof(shape));
        if (!_inputs.TryAdd(input, new SampleTensor(type, shape.ToArray(), MemoryMarshal.AsBytes(elements).ToArray())))
            throw new ArgumentException($"The sample has a tensor for {input} already.", nameof(input));
    }

    /// <summary>Adds the tensor of an input.</summary>
    /// <typeparam name="T">bool, or a number of one of the <see cref="ElementType"/>s.</typeparam>
    /// <param name="input">The input's name.</param>
    /// <param name="elements">The elements in C order (the last axis fastest).</param>
    /// <param name="shape">The axes' lengths.</param>
    /// <exception cref="ArgumentException">As for spans.</exception>
    public void Add<T>(string input, T[] elements, params ReadOnlySpan<long> shape)
        where T : unmanaged => Add(input, elements.AsSpan(), shape);

    /// <summary>Adds the tensor of an input.</summary>
    /// <typeparam name="T">bool, or a number of one of the <see cref="ElementType"/>s.</typeparam>
    /// <param name="input">The input's name.</param>
    /// <param name="tensor">The tensor as ONNX Runtime's own interface takes it.</param>
    /// <exception cref="ArgumentException">As for spans; or the first axis is the fastest.</exception>
    public void Add<T>(string input, DenseTensor<T> tensor)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.IsReversedStride)
            throw new ArgumentException("The last axis must be the fastest: copy the tensor without reverseStride.", nameof(tensor));
        Add(input, tensor.Buffer.Span, Array.ConvertAll(tensor.Dimensions.ToArray(), length => (long)length));
    }

    /// <summary>Adds the tensor of an input.</summary>
    /// <typeparam name="T">bool, or a number of one of the <see cref="ElementType"/>s.</typeparam>
    /// <param name="input">The input's name.</param>
    /// <param name="tensor">The tensor, of any strides.</param>
    /// <exception cref="ArgumentException">As for spans.</exception>
    public void Add<T>(string input, ReadOnlyTensorSpan<T> tensor)
        where T : unmanaged
    {
        var elements = new T[checked((int)tensor.FlattenedLength)];
        tensor.FlattenTo(elements);
        Add(input, elements, Array.ConvertAll(tensor.Lengths.ToArray(), length => (long)length));
    }

    /// <summary>The names of the inputs that have a tensor.</summary>
    public IEnumerator<string> GetEnumerator() => _inputs.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The inputs with their shapes.</summary>
    public override string ToString() =>
        string.Join(", ", _inputs.Select(input => $"{input.Key} {input.Value.Type.Name()} {Shapes.Text(input.Value.Shape)}"));
}

/// <summary>A tensor of a sample.</summary>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its axes' lengths.</param>
/// <param name="Bytes">Its elements in C order, as this machine stores them.</param>
internal sealed record SampleTensor(ElementType Type, IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Bytes);
