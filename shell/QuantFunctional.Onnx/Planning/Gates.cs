using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>Factors that are 0 for every value of a tensor below a bound, as those of a hard swish that is written out.</summary>
internal static class Gates
{
    /// <summary>Up to which value of a tensor a factor is 0; null where nothing of the kind is known.</summary>
    internal static double? ZeroBelow(GraphIndex index, string factor, string tensor)
    {
        if (index.Producer(factor) is not { } maker || maker.Input.Count == 0 || !NodeAttributes.IsDefaultDomain(maker.Domain))
            return null;
        return maker.OpType switch
        {
            "HardSigmoid" when maker.Input[0] == tensor && maker.GetFloat("alpha", 0.2f) > 0 =>
                -(double)maker.GetFloat("beta", 0.5f) / maker.GetFloat("alpha", 0.2f),
            "Relu" => NotAboveZero(index, maker.Input[0], tensor),
            "Clip" when maker.Input.Count > 1 && ConstantOperand.Single(index, maker.Input[1]) == 0 =>
                NotAboveZero(index, maker.Input[0], tensor),
            "Div" when maker.Input.Count > 1 && ConstantOperand.Range(index, maker.Input[1]) is { Min: > 0 } =>
                ZeroBelow(index, maker.Input[0], tensor),
            "Mul" when maker.Input.FirstOrDefault(input => index.Initializer(input) is null) is { } real
                && ConstantOperand.Range(index, maker.Input[real == maker.Input[0] ? 1 : 0]) is not null =>
                ZeroBelow(index, real, tensor),
            _ => null,
        };
    }

    /// <summary>Up to which value of a tensor a sum of it is not above 0.</summary>
    private static double? NotAboveZero(GraphIndex index, string sum, string tensor)
    {
        if (sum == tensor)
            return 0;
        if (index.Producer(sum) is not { } add || !add.Is("Add") || !add.Input.Contains(tensor))
            return null;
        return -ConstantOperand.Single(index, add.Input[add.Input[0] == tensor ? 1 : 0]);
    }
}
