using QuantFunctional.Onnx.Model;

namespace Shell.Tests.Reading.Drawn;

/// <summary>Draws what only moves or chooses elements, with a pair of the same numbers behind it, of others, or none.</summary>
internal sealed class DrawnMovers(DrawnModel model)
{
    private Draw Draw => model.Draw;

    internal Live? Behind(Live x)
    {
        if (Move(x) is not var (real, dims))
            return null;
        return Draw.Int(0, 99) switch
        {
            < 80 => model.Pairs.Same(real, dims, x),
            < 90 => x with { Name = real, Dims = dims },
            _ => model.Pairs.Behind(real, dims, x.Step * Draw.Of(1f, 1.3f, 0.7f), type: x.Type),
        };
    }

    private (string Tensor, long[] Dims)? Move(Live x)
    {
        var count = x.Dims.Aggregate(1L, (product, size) => product * size);
        var output = model.Fresh("v");
        switch (Draw.Int(0, 8))
        {
            case 0 when x.Dims.Length == 4:
                var kernel = new[] { Math.Min(2, x.Dims[2]), Math.Min(2, x.Dims[3]) };
                Node("MaxPool", x, output, [], node =>
                {
                    node.SetInts("kernel_shape", kernel);
                    node.SetInts("strides", kernel);
                });
                return (output, [.. x.Dims[..2], x.Dims[2] / kernel[0], x.Dims[3] / kernel[1]]);
            case 1 when x.Dims.Length > 1:
                Node("Flatten", x, output, [], _ => { });
                return (output, [x.Dims[0], count / x.Dims[0]]);
            case 2:
                long[] shape = x.Dims.Length == 4 ? [x.Dims[0], x.Dims[1], x.Dims[2] * x.Dims[3]] : [x.Dims[0], count / x.Dims[0]];
                Node("Reshape", x, output, [Longs([.. shape[..^1], -1])], _ => { });
                return (output, shape);
            case 3:
                var order = Enumerable.Range(0, x.Dims.Length).OrderBy(_ => Draw.Int(0, 99)).Select(axis => (long)axis).ToArray();
                Node("Transpose", x, output, [], node => node.SetInts("perm", order));
                return (output, [.. order.Select(axis => x.Dims[axis])]);
            case 4 when x.Dims[^1] > 2:
                Node("Slice", x, output, [Longs(1), Longs(-1), Longs(x.Dims.Length - 1)], _ => { });
                return (output, [.. x.Dims[..^1], x.Dims[^1] - 2]);
            case 5 when model.Opset >= 13:
                Node("Unsqueeze", x, output, [Longs(x.Dims.Length < 4 ? 1 : 0)], _ => { });
                var back = model.Fresh("v");
                model.Builder.Node("Squeeze", [output, Longs(x.Dims.Length < 4 ? 1 : 0)], back);
                return (back, x.Dims);
            case 6:
                var indices = Draw.Longs(Draw.Int(1, 4), 0, (int)x.Dims[^1] - 1);
                Node("Gather", x, output, [Longs(indices)], node => node.SetInt("axis", -1));
                return (output, [.. x.Dims[..^1], indices.Length]);
            case 7:
                Node("Identity", x, output, [], _ => { });
                return (output, x.Dims);
            case 8 when model.Opset >= 13 && x.Dims.Length > 1 && x.Dims[1] > 1:
                var rest = model.Fresh("v");
                var sizes = Longs(1, x.Dims[1] - 1);
                model.Builder.Node("Split", [model.Read(x), sizes], [output, rest], node => node.SetInt("axis", 1));
                var first = x.Dims.ToArray();
                var second = x.Dims.ToArray();
                (first[1], second[1]) = (1, x.Dims[1] - 1);
                model.There.Add(model.Pairs.Same(output, first, x));
                return (rest, second);
            default:
                return null;
        }
    }

    private void Node(string opType, Live x, string output, string[] more, Action<QuantFunctional.Onnx.Format.NodeProto> attributes) =>
        model.Builder.Node(opType, [model.Read(x), .. more], output, attributes);

    private string Longs(params long[] values)
    {
        var name = model.Fresh("n");
        model.Builder.Longs(name, values);
        return name;
    }
}
