namespace QuantFunctional.Onnx.Observation;

/// <summary>
/// What a kernel is multiplied with at each place where it goes, in the order in which its products are added: place by place in the
/// kernel, and there the channels of a group. What lies outside the tensor is 0.
/// </summary>
internal sealed class PatchRows
{
    private readonly LayerInput _input;
    private readonly int _channels;
    private readonly int[] _sizes;
    private readonly int[] _outputs;
    private readonly int _plane;
    private readonly int[][] _kernel;

    /// <summary>The rows of tensors of a shape.</summary>
    /// <param name="input">What the layer reads.</param>
    /// <param name="channels">How many input channels a group has.</param>
    /// <param name="dims">The shape: samples, channels, and the axes of the kernel.</param>
    internal PatchRows(LayerInput input, int channels, ReadOnlySpan<long> dims)
    {
        (_input, _channels) = (input with { Sizes = dims[2..].ToArray() }, channels);
        _sizes = [.. _input.Sizes.Select(size => (int)size)];
        _plane = _sizes.Aggregate(1, (product, size) => product * size);
        _outputs = [.. _input.Places.Select(places => (int)places)];
        Places = _outputs.Aggregate(1, (product, size) => product * size);
        var places = input.Kernel.Aggregate(1, (product, size) => product * size);
        _kernel = [.. Enumerable.Range(0, places).Select(place => At(place, input.Kernel))];
    }

    /// <summary>At how many places the kernel goes.</summary>
    internal int Places { get; }

    /// <summary>How many numbers all channels of a sample have.</summary>
    internal int SampleSize(int groups) => groups * _channels * _plane;

    /// <summary>Fills a row of a group.</summary>
    /// <param name="sample">All channels of one sample.</param>
    /// <param name="place">The place where the kernel goes.</param>
    /// <param name="group">The group.</param>
    /// <param name="row">The row.</param>
    internal void Fill(ReadOnlySpan<float> sample, int place, int group, Span<float> row)
    {
        var output = At(place, _outputs);
        for (var k = 0; k < _kernel.Length; k++)
        {
            var target = row.Slice(k * _channels, _channels);
            if (Offset(output, _kernel[k]) is not (>= 0 and var offset))
            {
                target.Clear();
                continue;
            }

            for (var channel = 0; channel < _channels; channel++)
                target[channel] = sample[(((group * _channels) + channel) * _plane) + offset];
        }
    }

    /// <summary>Where a place of the kernel reads; -1 outside the tensor.</summary>
    private int Offset(int[] output, int[] kernel)
    {
        var offset = 0;
        for (var axis = 0; axis < _sizes.Length; axis++)
        {
            var geometry = _input.Geometry;
            var at = (output[axis] * geometry.Strides[axis]) - geometry.Pads[axis] + (kernel[axis] * geometry.Dilations[axis]);
            if (at < 0 || at >= _sizes[axis])
                return -1;
            offset = (offset * _sizes[axis]) + at;
        }

        return offset;
    }

    private static int[] At(int index, IReadOnlyList<int> sizes)
    {
        var at = new int[sizes.Count];
        for (var axis = sizes.Count - 1; axis >= 0; axis--)
            (index, at[axis]) = Math.DivRem(index, sizes[axis]);
        return at;
    }
}
