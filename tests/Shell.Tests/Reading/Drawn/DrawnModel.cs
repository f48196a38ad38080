using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Reading.Drawn;

/// <summary>A real tensor that a DequantizeLinear makes, or what only moves its elements.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dims">Its shape.</param>
/// <param name="Step">The step of its integers.</param>
/// <param name="Zero">Their zero point.</param>
/// <param name="Type">Their type.</param>
/// <param name="StepName">The tensor that holds the step.</param>
/// <param name="ZeroName">The tensor that holds the zero point; "" where none is written.</param>
internal sealed record Live(
    string Name, long[] Dims, float Step, int Zero, DataType Type, string StepName, string ZeroName)
{
    internal float Reach => Step * 128;
}

/// <summary>A valid quantized model of one to six operators, drawn by a seed: inputs, operators, outputs.</summary>
internal sealed class DrawnModel
{
    private DrawnModel(int seed)
    {
        Draw = new Draw(seed);
        Opset = Draw.Of(10, 11, 12, 13, 13, 13, 15, 17, 18, 19, 20, 21, 21, 22, 23, 24, 25);
        Builder = new ModelBuilder(Opset, ir: Opset switch { <= 12 => 7, <= 18 => 8, <= 20 => 9, <= 22 => 10, 23 => 11, 24 => 12, _ => 13 });
        IsSigned = Draw.Chance(0.12);
        IsMixed = Draw.Chance(0.01);
        HasTheirConversions = Draw.Chance(0.06);
        if (HasTheirConversions)
            Builder.Opset("com.microsoft", 1);
        Pairs = new DrawnPairs(this);
        Layers = new DrawnLayers(this);
        Operators = new DrawnOperators(this);
        Movers = new DrawnMovers(this);
    }

    internal Draw Draw { get; }

    internal int Opset { get; }

    internal ModelBuilder Builder { get; }

    /// <summary>Whether activations are int8 rather than uint8.</summary>
    internal bool IsSigned { get; }

    /// <summary>Whether single tensors have the other type.</summary>
    internal bool IsMixed { get; }

    /// <summary>Whether conversions stand in ONNX Runtime's own domain.</summary>
    internal bool HasTheirConversions { get; }

    internal DrawnPairs Pairs { get; }

    internal DrawnLayers Layers { get; }

    private DrawnOperators Operators { get; }

    private DrawnMovers Movers { get; }

    /// <summary>The tensors that an operator may read.</summary>
    internal List<Live> There { get; } = [];

    private readonly HashSet<string> _read = [];
    private int _names;

    /// <summary>The model of a seed.</summary>
    internal static OnnxModel Of(int seed)
    {
        var model = new DrawnModel(seed);
        model.Inputs();
        for (var count = model.Draw.Int(1, 6); count > 0; count--)
            model.Next();
        model.Outputs();
        return model.Builder.Build();
    }

    internal string Fresh(string stem) => $"{stem}{++_names}";

    /// <summary>Marks a tensor as read.</summary>
    internal string Read(Live live)
    {
        _read.Add(live.Name);
        return live.Name;
    }

    private void Inputs()
    {
        long[] dims = Draw.Int(0, 9) switch
        {
            < 6 => [Draw.Int(1, 2), Draw.Int(1, 6), Draw.Int(2, 9), Draw.Int(2, 9)],
            < 9 => [Draw.Int(1, 5), Draw.Int(2, 20)],
            _ => [Draw.Int(1, 2), Draw.Int(1, 5), Draw.Int(2, 12)],
        };
        for (var count = Draw.Chance(0.25) ? 2 : 1; count > 0; count--)
        {
            var name = Fresh("x");
            Builder.Input(name, dims);
            There.Add(Pairs.Behind(name, dims, Draw.Real(0.005f, 0.05f)));
        }
    }

    private void Next()
    {
        var x = Draw.Chance(0.75) ? There[^1] : Draw.Of(There);
        Live? made = Draw.Int(0, 99) switch
        {
            < 40 => Layers.Behind(x),
            < 75 => Operators.Behind(x),
            _ => Movers.Behind(x),
        };
        if (made is not null)
            There.Add(made);
    }

    private void Outputs()
    {
        foreach (var live in There.Where(live => !_read.Contains(live.Name) || Draw.Chance(0.08)))
            Builder.Output(live.Name, [.. live.Dims.Select(_ => -1L)]);
    }
}
