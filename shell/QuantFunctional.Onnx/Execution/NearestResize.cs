using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Resize that takes the nearest element along each axis, with coordinates in float32 as ONNX Runtime computes them.</summary>
internal static class NearestResize
{
    /// <summary>The resize of a node; null where its form is rare or its sizes are not constants.</summary>
    internal static Func<IntegerTensor, IntegerTensor>? Read(NodeProto node, GraphIndex index)
    {
        if (node.GetString("mode", "nearest") != "nearest" || node.GetInts("axes") is not null
            || node.GetString("keep_aspect_ratio_policy", "stretch") != "stretch"
            || Coordinate(node.GetString("coordinate_transformation_mode", "half_pixel")) is not { } coordinate
            || Round(node.GetString("nearest_mode", "round_prefer_floor")) is not { } round)
        {
            return null;
        }

        var scales = index.Initializer(node.InputOrEmpty(2)) is { } floats ? TensorData.Floats(floats) : [];
        var sizes = index.Initializer(node.InputOrEmpty(3)) is { } longs ? TensorData.Integers(longs) : null;
        if (scales.Length == 0 && sizes is null)
            return null;
        return x => StridedView.Pick(
            x, [.. x.Sizes.Select((size, axis) => scales.Length > 0
                ? Indices(size, (int)MathF.Floor(size * scales[axis]), scales[axis], coordinate, round)
                : Indices(size, (int)sizes![axis], (float)sizes[axis] / size, coordinate, round))]);
    }

    /// <summary>For each output place of an axis the input that lies nearest.</summary>
    private static int[] Indices(int size, int wanted, float scale, Func<float, float, int, int, float> coordinate, Func<float, float> round) =>
        scale == 1
            ? [.. Enumerable.Range(0, wanted)]
            : [.. Enumerable.Range(0, wanted).Select(i =>
                (int)Math.Clamp(round(coordinate(i, scale, size, wanted)), 0, size - 1))];

    private static Func<float, float, int, int, float>? Coordinate(string mode) => mode switch
    {
        "half_pixel" => (at, scale, _, _) => ((at + 0.5f) / scale) - 0.5f,
        "pytorch_half_pixel" => (at, scale, _, wanted) => wanted > 1 ? ((at + 0.5f) / scale) - 0.5f : 0,
        "asymmetric" => (at, scale, _, _) => at / scale,
        "align_corners" => (at, _, size, wanted) => wanted == 1 ? 0 : at * (size - 1) / (wanted - 1),
        _ => null,
    };

    private static Func<float, float>? Round(string mode) => mode switch
    {
        "round_prefer_floor" => at => MathF.Ceiling(at - 0.5f),
        "round_prefer_ceil" => at => MathF.Floor(at + 0.5f),
        "floor" => MathF.Floor,
        "ceil" => MathF.Ceiling,
        _ => null,
    };
}
