using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Reading.Drawn;

/// <summary>Draws the pairs of QuantizeLinear and DequantizeLinear, in the forms that the standard allows.</summary>
internal sealed class DrawnPairs(DrawnModel model)
{
    private Draw Draw => model.Draw;

    /// <summary>A pair behind a tensor, sometimes two of them.</summary>
    internal Live Behind(string tensor, long[] dims, float step, int? zero = null, DataType? type = null)
    {
        var stored = type ?? (model.IsSigned != (model.IsMixed && Draw.Chance(0.2)) ? DataType.Int8 : DataType.Uint8);
        var at = zero ?? Zero(stored);
        if (Draw.Chance(0.04))
        {
            var other = Draw.Chance(0.5) ? step : step * Draw.Real(0.5f, 1.5f);
            tensor = One(tensor, dims, other, Draw.Chance(0.5) ? at : Zero(stored), stored).Name;
        }

        return One(tensor, dims, step, at, stored);
    }

    internal int Zero(DataType type) => (type, Draw.Int(0, 9)) switch
    {
        (_, < 4) => 0,
        (DataType.Uint8, < 6) => 128,
        (DataType.Uint8, _) => Draw.Int(0, 255),
        (_, < 6) => -128,
        _ => Draw.Int(-128, 127),
    };

    /// <summary>A pair with the very numbers of another tensor.</summary>
    internal Live Same(string tensor, long[] dims, Live of)
    {
        var shares = Draw.Chance(0.75) && of.ZeroName.Length > 0;
        long[] rank = Rank();
        var (step, zero) = shares
            ? (of.StepName, of.ZeroName)
            : (Step(of.Step, rank), Stored(of.Zero, of.Type, rank));
        return Convert(tensor, dims, of with { StepName = step, ZeroName = zero }, zero, zero);
    }

    /// <summary>A step as a tensor: a scalar, one of one element, or the result of a Constant.</summary>
    internal string Step(float step, params long[] dims)
    {
        var name = model.Fresh("step");
        var tensor = TensorData.Make(name, dims, [step]);
        if (Draw.Chance(0.08))
            model.Builder.Node("Constant", [], name, node => node.SetTensor("value", tensor));
        else
            model.Builder.Initializer(tensor);
        return name;
    }

    internal string Stored(int value, DataType type, params long[] dims)
    {
        var name = model.Fresh("zero");
        model.Builder.Initializer(type == DataType.Uint8
            ? TensorData.Make(name, dims, [(byte)value])
            : TensorData.Make(name, dims, [(sbyte)value]));
        return name;
    }

    /// <summary>A node of a conversion.</summary>
    internal void Node(string opType, string[] inputs, string output, Action<NodeProto>? more = null) =>
        model.Builder.Node(opType, [.. inputs.Where(input => input.Length > 0)], output, node =>
        {
            if (model.HasTheirConversions)
                node.Domain = "com.microsoft";
            more?.Invoke(node);
        });

    private long[] Rank() => Draw.Chance(0.01) ? [1] : [];

    private Live One(string tensor, long[] dims, float step, int zero, DataType type)
    {
        long[] rank = Rank();
        var (stepName, zeroName) = (Step(step, rank), Stored(zero, type, rank));
        var live = new Live("", dims, step, zero, type, stepName, zeroName);
        var mayLack = zero == 0 && !model.HasTheirConversions;
        var lacksFirst = mayLack && Draw.Chance(0.1) && (type == DataType.Uint8 || (model.Opset >= 21 && Draw.Chance(0.1)));
        var lacksSecond = mayLack && Draw.Chance(0.05);
        return Convert(tensor, dims, live, lacksFirst ? "" : zeroName, lacksSecond ? "" : zeroName);
    }

    private Live Convert(string tensor, long[] dims, Live live, string firstZero, string secondZero)
    {
        var (integers, real) = (model.Fresh("q"), model.Fresh("r"));
        Node("QuantizeLinear", [tensor, live.StepName, firstZero], integers, node =>
        {
            if (firstZero.Length == 0 && live.Type == DataType.Int8)
                node.SetInt("output_dtype", (long)DataType.Int8);
        });
        Node("DequantizeLinear", [integers, live.StepName, secondZero], real);
        return live with { Name = real, Dims = dims, ZeroName = secondZero };
    }
}
