using System.Collections.Immutable;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Where the windows of a pool go.</summary>
internal static class PoolGeometry
{
    /// <summary>Whether an average over the windows is defined alike everywhere: no dilations, no window beyond the pads.</summary>
    internal static bool CanAverage(NodeProto node) =>
        (node.GetInts("dilations") ?? []).All(dilation => dilation == 1)
        && (node.GetInt("ceil_mode", 0) == 0 || node.GetInt("count_include_pad", 0) == 0);

    /// <summary>The windows over an input of this shape.</summary>
    internal static FSharp.KernelPlacement Of(NodeProto node, IntegerTensor input)
    {
        var kernel = (node.GetInts("kernel_shape") ?? []).Select(size => (int)size).ToImmutableArray();
        var spatial = input.Sizes.RemoveRange(0, 2);
        var geometry = LayerGeometry.Of(node, kernel, [.. spatial.Select(size => (long)size)]);
        if (node.GetInt("ceil_mode", 0) != 0)
            geometry = RoundedUp(geometry, kernel, spatial);
        return FSharp.KernelPlacementModule.create(geometry, kernel, spatial);
    }

    /// <summary>More padding at the ends, so that a last window that is not full counts; it must begin on an element.</summary>
    private static Geometry RoundedUp(Geometry geometry, ImmutableArray<int> kernel, ImmutableArray<int> spatial)
    {
        var pads = geometry.Pads.ToArray();
        for (var axis = 0; axis < kernel.Length; axis++)
        {
            var (begin, end) = (pads[axis], pads[kernel.Length + axis]);
            var reach = (geometry.Dilations[axis] * (kernel[axis] - 1)) + 1;
            var rest = (spatial[axis] + begin + end - reach) % geometry.Strides[axis];
            var outputs = ((spatial[axis] + begin + end - reach) / geometry.Strides[axis]) + 1;
            if (rest > 0 && outputs * geometry.Strides[axis] < spatial[axis] + begin)
                pads[kernel.Length + axis] += geometry.Strides[axis] - rest;
        }

        return new Geometry(geometry.Strides, [.. pads], geometry.Dilations, geometry.IsTransposed);
    }
}
