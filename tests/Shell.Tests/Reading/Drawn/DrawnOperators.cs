using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Reading.Drawn;

/// <summary>Draws what computes new integers between layers: joins, pools, Sigmoid, LeakyRelu, Softmax, products of two tensors.</summary>
internal sealed class DrawnOperators(DrawnModel model)
{
    private Draw Draw => model.Draw;

    internal Live? Behind(Live x) => Draw.Int(0, 99) switch
    {
        < 25 => Join(x, "Add"),
        < 37 => Join(x, "Mul"),
        < 47 => Concat(x),
        < 62 => Pool(x),
        < 70 => Unary("Sigmoid", x, 1f / 256, _ => { }),
        < 78 => Unary("LeakyRelu", x, x.Step, node => node.SetFloat("alpha", Draw.Of(0.01f, 0.1f, 0.3f, 0.5f))),
        < 85 => Softmax(x),
        < 90 => Where(x),
        < 95 => Relu(x),
        _ => model.Pairs.Behind(model.Read(x), x.Dims, x.Step * Draw.Real(0.6f, 1.6f), type: x.Type),
    };

    private Live? Join(Live x, string opType)
    {
        if (Other(x) is not { } other)
            return null;
        var step = opType == "Add" ? (x.Step + other.Step) * Draw.Real(0.5f, 1.2f) : x.Reach * other.Reach / 128 * Draw.Real(0.3f, 1.2f);
        string[] inputs = [model.Read(x), model.Read(other)];
        if (Draw.Chance(0.5))
            Array.Reverse(inputs);
        var real = model.Fresh("y");
        model.Builder.Node(opType, inputs, real);
        return model.Pairs.Behind(real, x.Dims, step, type: x.Type);
    }

    /// <summary>A second operand: of the same shape, or a constant.</summary>
    private Live? Other(Live x)
    {
        var alike = model.There.Where(live => live.Dims.SequenceEqual(x.Dims) && (live.Type == x.Type || model.IsMixed)).ToList();
        if (alike.Count > 0 && Draw.Chance(0.6))
            return Draw.Of(alike);
        long[] dims = (x.Dims.Length, Draw.Int(0, 3)) switch
        {
            (_, 0) => [],
            (4, 1) => [x.Dims[1], 1, 1],
            (4, 2) => [1, x.Dims[1], 1, 1],
            (_, 3) => x.Dims,
            _ => [x.Dims[^1]],
        };
        return Constant(x.Type, dims, Draw.Real(0.005f, 0.05f));
    }

    private Live Constant(DataType type, long[] dims, float step)
    {
        var (name, real, zero) = (model.Fresh("c"), model.Fresh("cr"), model.Pairs.Zero(type));
        var count = (int)dims.Aggregate(1L, (product, size) => product * size);
        int[] values = [.. Enumerable.Range(0, count).Select(_ => type == DataType.Uint8 ? Draw.Int(0, 255) : Draw.Int(-128, 127))];
        model.Builder.Initializer(type == DataType.Uint8
            ? TensorData.Make(name, dims, Array.ConvertAll(values, value => (byte)value))
            : TensorData.Make(name, dims, Array.ConvertAll(values, value => (sbyte)value)));
        var lacks = zero == 0 && Draw.Chance(0.15);
        var live = new Live(real, dims, step, zero, type, model.Pairs.Step(step), lacks ? "" : model.Pairs.Stored(zero, type));
        model.Pairs.Node("DequantizeLinear", [name, live.StepName, live.ZeroName], real);
        return live;
    }

    private Live Concat(Live x)
    {
        var axis = x.Dims.Length > 1 ? 1 : 0;
        var fitting = model.There
            .Where(live => live.Type == x.Type && live.Dims.Length == x.Dims.Length)
            .Where(live => live.Dims.Where((_, i) => i != axis).SequenceEqual(x.Dims.Where((_, i) => i != axis)))
            .ToList();
        List<Live> parts = [x, .. Enumerable.Range(0, Draw.Int(1, 2)).Select(_ => Draw.Of(fitting))];
        var dims = x.Dims.ToArray();
        dims[axis] = parts.Sum(part => part.Dims[axis]);
        var real = model.Fresh("y");
        model.Builder.Node("Concat", [.. parts.Select(model.Read)], real, node =>
            node.SetInt("axis", Draw.Chance(0.2) ? axis - dims.Length : axis));
        return model.Pairs.Behind(real, dims, parts.Max(part => part.Step), type: x.Type);
    }

    private Live? Pool(Live x)
    {
        if (x.Dims.Length != 4)
            return Product(x);
        var real = model.Fresh("y");
        if (Draw.Chance(0.35))
        {
            model.Builder.Node("GlobalAveragePool", [model.Read(x)], real);
            return model.Pairs.Behind(real, [.. x.Dims[..2], 1, 1], x.Step * Draw.Real(0.4f, 1.1f), type: x.Type);
        }

        var whole = Draw.Chance(0.3);
        long[] kernel = whole ? x.Dims[2..] : [Math.Min(x.Dims[2], Draw.Int(1, 3)), Math.Min(x.Dims[3], Draw.Int(1, 3))];
        var pads = !whole && Draw.Chance(0.4) ? kernel.Select(size => size / 2).ToArray() : [0, 0];
        long[] strides = Draw.Chance(0.5) ? kernel : [1, 1];
        var counts = Draw.Chance(0.3);
        model.Builder.Node("AveragePool", [model.Read(x)], real, node =>
        {
            node.SetInts("kernel_shape", kernel);
            node.SetInts("strides", strides);
            if (pads.Any(pad => pad > 0))
                node.SetInts("pads", [.. pads, .. pads]);
            if (counts)
                node.SetInt("count_include_pad", 1);
        });
        long[] sizes = [.. Enumerable.Range(0, 2).Select(i => ((x.Dims[2 + i] + (2 * pads[i]) - kernel[i]) / strides[i]) + 1)];
        return model.Pairs.Behind(real, [.. x.Dims[..2], .. sizes], x.Step * Draw.Real(0.5f, 1.1f), type: x.Type);
    }

    /// <summary>A product of two activations.</summary>
    private Live? Product(Live x)
    {
        if (x.Dims.Length < 2)
            return null;
        var turned = model.Fresh("t");
        long[] order = x.Dims.Length == 2 ? [1, 0] : [0, 2, 1];
        model.Builder.Node("Transpose", [model.Read(x)], turned, node => node.SetInts("perm", order));
        var other = model.Pairs.Same(turned, [.. order.Select(axis => x.Dims[axis])], x);
        var real = model.Fresh("y");
        model.Builder.Node("MatMul", [x.Name, model.Read(other)], real);
        long[] dims = [.. x.Dims[..^1], x.Dims[^2]];
        return model.Pairs.Behind(real, dims, x.Reach * x.Reach / 128 * MathF.Sqrt(x.Dims[^1]) * 0.5f, type: x.Type);
    }

    private Live Unary(string opType, Live x, float step, Action<NodeProto> more)
    {
        var real = model.Fresh("y");
        model.Builder.Node(opType, [model.Read(x)], real, more);
        return model.Pairs.Behind(real, x.Dims, step * Draw.Of(1f, 1f, 0.8f, 1.1f), type: x.Type);
    }

    private Live Softmax(Live x)
    {
        var real = model.Fresh("y");
        var axis = Draw.Chance(0.6) ? x.Dims.Length - 1 : 1;
        model.Builder.Node("Softmax", [model.Read(x)], real, node =>
        {
            if (axis != x.Dims.Length - 1 || model.Opset < 13 || Draw.Chance(0.5))
                node.SetInt("axis", axis);
        });
        var zero = x.Type == DataType.Int8 ? -128 : 0;
        return model.Pairs.Behind(real, x.Dims, Draw.Chance(0.8) ? 1f / 256 : 1f / 255, zero, x.Type);
    }

    private Live Where(Live x)
    {
        var (mask, real) = (model.Fresh("m"), model.Fresh("y"));
        long[] dims = Draw.Chance(0.5) ? x.Dims : [x.Dims[^1]];
        var count = (int)dims.Aggregate(1L, (product, size) => product * size);
        model.Builder.Initializer(TensorData.Make(
            mask, dims, DataType.Bool, [.. Enumerable.Range(0, count).Select(_ => (byte)Draw.Int(0, 1))]));
        var other = Other(x) ?? x;
        string[] branches = [model.Read(x), model.Read(other)];
        if (Draw.Chance(0.5))
            Array.Reverse(branches);
        model.Builder.Node("Where", [mask, .. branches], real);
        return model.Pairs.Behind(real, x.Dims, Math.Max(x.Step, other.Step), type: x.Type);
    }

    private Live Relu(Live x)
    {
        var real = model.Fresh("y");
        model.Builder.Node("Relu", [model.Read(x)], real);
        int? zero = Draw.Chance(0.8) ? x.Type == DataType.Int8 ? -128 : 0 : null;
        return model.Pairs.Behind(real, x.Dims, x.Step * Draw.Of(1f, 0.5f, 0.7f), zero, x.Type);
    }
}
