using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Reading.Drawn;

/// <summary>Draws Conv, Gemm and MatMul with constant weights: their types, steps, axes, biases and what clamps their results.</summary>
internal sealed class DrawnLayers(DrawnModel model)
{
    /// <param name="Dims">The weights' shape.</param>
    /// <param name="Channels">How many output channels.</param>
    /// <param name="Axis">Along which axis these lie.</param>
    /// <param name="Products">How many products a sum has.</param>
    private sealed record Shape(long[] Dims, int Channels, int Axis, int Products);

    private Draw Draw => model.Draw;

    internal Live? Behind(Live x) => x.Dims.Length switch
    {
        4 => Conv(x),
        2 => Draw.Chance(0.6) ? Gemm(x) : Product(x),
        3 => Product(x),
        _ => null,
    };

    private Live? Conv(Live x)
    {
        var inputs = (int)x.Dims[1];
        var kernel = Draw.Of(1, 1, 2, 3);
        var pad = Draw.Int(0, kernel / 2);
        var groups = Draw.Chance(0.2) ? inputs : 1;
        var channels = groups * Draw.Int(1, groups > 1 ? 2 : 6);
        var (stride, dilation) = (Draw.Chance(0.2) ? 2 : 1, Draw.Chance(0.1) ? 2 : 1);
        var spatial = x.Dims.Skip(2).Select(size => Size(size, kernel, pad, stride, dilation)).ToArray();
        if (x.Dims.Skip(2).Any(size => size + (2 * pad) < (dilation * (kernel - 1)) + 1))
            return null;
        long[] dims = [channels, inputs / groups, kernel, kernel];
        return Emit("Conv", x, new Shape(dims, channels, 0, inputs / groups * kernel * kernel), [x.Dims[0], channels, .. spatial], node =>
        {
            node.SetInts("kernel_shape", [kernel, kernel]);
            node.SetInts("pads", [pad, pad, pad, pad]);
            node.SetInts("strides", [stride, stride]);
            node.SetInts("dilations", [dilation, dilation]);
            node.SetInt("group", groups);
        });
    }

    private static long Size(long size, int kernel, int pad, int stride, int dilation) =>
        ((size + (2 * pad) - (dilation * (kernel - 1)) - 1) / stride) + 1;

    private Live Gemm(Live x)
    {
        var (inputs, channels, transposed) = ((int)x.Dims[1], Draw.Int(1, 9), Draw.Chance(0.5));
        long[] dims = transposed ? [channels, inputs] : [inputs, channels];
        return Emit("Gemm", x, new Shape(dims, channels, transposed ? 0 : 1, inputs), [x.Dims[0], channels], node =>
        {
            if (transposed)
                node.SetInt("transB", 1);
        });
    }

    private Live Product(Live x)
    {
        var (inputs, channels) = ((int)x.Dims[^1], Draw.Int(1, 9));
        return Emit("MatMul", x, new Shape([inputs, channels], channels, 1, inputs), [.. x.Dims[..^1], channels], _ => { });
    }

    private Live Emit(string opType, Live x, Shape shape, long[] dims, Action<QuantFunctional.Onnx.Format.NodeProto> attributes)
    {
        var largest = Draw.Chance(0.5) ? 127 : 63;
        var (weight, steps) = Weight(x, shape, largest);
        List<string> inputs = [model.Read(x), weight];
        var reach = x.Reach * steps.Max() * largest * MathF.Sqrt(shape.Products) * 0.6f;
        if (opType != "MatMul" && (Draw.Chance(0.7) || model.Opset < 11))
            inputs.Add(Bias(x, shape, steps, reach, opType == "Gemm"));
        var real = model.Fresh("y");
        model.Builder.Node(opType, [.. inputs], real, attributes);
        var (clamped, zero) = Activation(real, x);
        return model.Pairs.Behind(clamped, dims, reach * Draw.Real(0.5f, 1.5f) / 128, zero, x.Type);
    }

    /// <summary>Whether steps may go along an axis.</summary>
    private bool MayDiffer => model.Opset >= 13 || model.HasTheirConversions;

    private float[] Steps(int channels)
    {
        var steps = Enumerable.Range(0, MayDiffer && Draw.Chance(0.5) ? channels : 1).Select(_ => Draw.Real(0.002f, 0.02f)).ToArray();
        if (steps.Length > 1 && Draw.Chance(0.02))
            steps[^1] = 0;
        return steps;
    }

    private readonly List<(string Name, DataType Input, Shape Shape, float[] Steps)> _shared = [];

    /// <summary>Weights of their own, or those of an earlier layer of the same shape.</summary>
    private (string Name, float[] Steps) Weight(Live x, Shape shape, int largest)
    {
        var fitting = _shared.Where(w => w.Input == x.Type && w.Shape with { Dims = [] } == shape with { Dims = [] }
            && w.Shape.Dims.SequenceEqual(shape.Dims)).ToList();
        if (fitting.Count > 0 && Draw.Chance(0.5))
            return (fitting[^1].Name, fitting[^1].Steps);
        var steps = Steps(shape.Channels);
        _shared.Add((Weight(x, shape, steps, largest), x.Type, shape, steps));
        return (_shared[^1].Name, steps);
    }

    private string Weight(Live x, Shape shape, float[] steps, int largest)
    {
        var (name, real) = (model.Fresh("w"), model.Fresh("wr"));
        var isUnsigned = x.Type == DataType.Uint8 && Draw.Chance(0.15);
        var zero = isUnsigned ? 128 : Draw.Chance(0.01) ? Draw.Int(-20, 20) : 0;
        var count = (int)shape.Dims.Aggregate(1L, (product, size) => product * size);
        int[] values = [.. Enumerable.Range(0, count).Select(_ => Math.Clamp(
            Draw.Int(-largest, largest) + zero, isUnsigned ? 1 : -100, isUnsigned ? 255 : 100))];
        long[] rank = steps.Length > 1 ? [steps.Length] : Draw.Chance(0.1) ? [1] : [];
        var step = model.Fresh("step");
        model.Builder.Floats(step, rank, steps);
        var zeroName = "";
        var lacks = zero == 0 && Draw.Chance(0.05);
        if (!lacks)
        {
            zeroName = model.Fresh("zero");
            model.Builder.Initializer(isUnsigned
                ? TensorData.Make(zeroName, rank, [.. Enumerable.Repeat((byte)zero, steps.Length)])
                : TensorData.Make(zeroName, rank, [.. Enumerable.Repeat((sbyte)zero, steps.Length)]));
        }

        var axis = Draw.Chance(0.2) ? shape.Axis - shape.Dims.Length : shape.Axis;
        void Set(QuantFunctional.Onnx.Format.NodeProto node)
        {
            if (steps.Length > 1 && axis != 1)
                node.SetInt("axis", axis);
        }

        if (!lacks && steps.All(s => s > 0) && Draw.Chance(0.1))
        {
            var floats = values.Select((value, i) => (value - zero + Draw.Real(-0.4f, 0.4f)) * steps[At(i)]).ToArray();
            model.Builder.Floats(name, shape.Dims, floats);
            model.Pairs.Node("QuantizeLinear", [name, step, zeroName], name + "q", Set);
        }
        else
        {
            model.Builder.Initializer(isUnsigned
                ? TensorData.Make(name + "q", shape.Dims, Array.ConvertAll(values, value => (byte)value))
                : TensorData.Make(name + "q", shape.Dims, Array.ConvertAll(values, value => (sbyte)value)));
        }

        model.Pairs.Node("DequantizeLinear", [name + "q", step, zeroName], real, Set);
        return real;

        int At(int i) => steps.Length == 1 ? 0
            : (int)(i / shape.Dims.Skip(shape.Axis + 1).Aggregate(1L, (product, size) => product * size) % steps.Length);
    }

    private string Bias(Live x, Shape shape, float[] steps, float reach, bool isGemm)
    {
        var (name, real) = (model.Fresh("b"), model.Fresh("br"));
        if (model.Opset >= 11 && Draw.Chance(isGemm ? 0.05 : 0.15))
        {
            model.Builder.Floats(name, [shape.Channels], [.. Enumerable.Range(0, shape.Channels).Select(_ => Draw.Real(-reach / 2, reach / 2))]);
            return name;
        }

        var factor = Draw.Int(0, 99) switch { < 80 => 1f, < 86 => 1.004f, < 92 => 0.993f, _ => isGemm ? 2f : 1f };
        if (Draw.Chance(0.006))
            factor = Draw.Of(1.02f, 2f);
        var products = steps.Select(step => x.Step * step * factor).ToArray();
        var count = shape.Channels;
        int[] values = [.. Enumerable.Range(0, count).Select(i =>
            (int)Math.Clamp(Draw.Real(-reach / 2, reach / 2) / Math.Max(products[products.Length == 1 ? 0 : i], 1e-6f), -1e8f, 1e8f))];
        model.Builder.Initializer(TensorData.Make(name, [count], values));
        long[] rank = products.Length > 1 ? [products.Length] : [];
        var step = model.Fresh("step");
        model.Builder.Floats(step, rank, products);
        var zero = "";
        if (Draw.Chance(0.5))
        {
            zero = model.Fresh("zero");
            model.Builder.Initializer(TensorData.Make(zero, rank, new int[products.Length]));
        }

        model.Pairs.Node("DequantizeLinear", [name, step, zero], real, node =>
        {
            if (products.Length > 1)
                node.SetInt("axis", Draw.Chance(0.2) ? -1 : 0);
        });
        return real;
    }

    /// <summary>A Relu or Clip that a clamp of the integers may replace.</summary>
    private (string Tensor, int? Zero) Activation(string real, Live x)
    {
        if (!Draw.Chance(0.3))
            return (real, null);
        var output = model.Fresh("a");
        if (Draw.Chance(0.7) || model.Opset < 11)
        {
            model.Builder.Node("Relu", [real], output);
            return (output, Draw.Chance(0.985) ? x.Type == DataType.Int8 ? -128 : 0 : null);
        }

        var (low, high) = (model.Fresh("low"), model.Fresh("high"));
        model.Builder.Floats(low, [], 0).Floats(high, [], Draw.Chance(0.02) ? 6 : 1e6f).Node("Clip", [real, low, high], output);
        return (output, x.Type == DataType.Int8 ? -128 : 0);
    }
}
