using QuantFunctional.Documents;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// Holds stored integers, steps and zero points to those of a plan, number by number. It shares no code with what wrote them.
/// </summary>
/// <param name="planned">The plan of a product or a table.</param>
internal sealed class PlannedIntegers(NamedWeightOnlyPlan planned)
{
    /// <summary>So many places of a product are told.</summary>
    private const int MostTold = 4;

    private readonly WeightOnlyLayer _plan = planned.Plan;
    private readonly List<WeightDispute> _disputes = [];
    private long _differing;

    /// <summary>What the model has otherwise than the plan.</summary>
    /// <param name="weight">What the model has.</param>
    /// <param name="read">Its numbers.</param>
    internal (IReadOnlyList<WeightDispute> Told, long Differing) Compare(IntegerWeight weight, ReadWeights read)
    {
        var shape = _plan.Shape;
        Whole("the type of the weights", _plan.Request.Type.Name, weight.Type);
        Whole("the number of outputs", Text(shape.Channels), Text(weight.Channels));
        Whole("the number of inputs", Text(shape.WeightsPerChannel), Text(weight.Inputs));
        Whole("how many weights share a step", BlockText((_plan.Request.Granularity as WeightGranularity.PerGroup)?.Size), BlockText(weight.BlockSize));
        if (_disputes.Count > 0)
            return (_disputes, _differing);
        for (var channel = 0; channel < weight.Channels; channel++)
        {
            for (var block = 0; block < weight.Blocks; block++)
                CompareBlock(weight, read, channel, block);
        }

        return (_disputes, _differing);
    }

    private void CompareBlock(IntegerWeight weight, ReadWeights read, int channel, int block)
    {
        var size = weight.BlockSize ?? weight.Inputs;
        var first = block * size;
        var (step, zero) = ((float)_plan.StepOf(channel, first), _plan.ZeroPointOf(channel, first));
        var (foundStep, foundZero) = (read.Step(channel, block), read.Zero(channel, block));
        if (BitConverter.SingleToInt32Bits(step) != BitConverter.SingleToInt32Bits(foundStep))
            Told(new("the step", Real(step), Real(foundStep)) { Name = planned.Name, Channel = channel, Block = block });
        if (zero != foundZero)
            Told(new("the zero point", Text(zero), Text(foundZero)) { Name = planned.Name, Channel = channel, Block = block });
        var last = Math.Min(first + size, weight.Inputs);
        for (var input = first; input < last; input++)
        {
            int expected = _plan.Weights[_plan.Shape.Index(channel, input, 0)], found = read.Stored(channel, input);
            if (expected != found)
                Told(new("the weight", Text(expected), Text(found)) { Name = planned.Name, Channel = channel, Block = block, Input = input });
        }
    }

    private void Whole(string what, string expected, string found)
    {
        if (expected != found)
            Told(new(what, expected, found) { Name = planned.Name });
    }

    private void Told(WeightDispute dispute)
    {
        if (_differing++ < MostTold)
            _disputes.Add(dispute);
    }

    private static string BlockText(int? size) => size is { } some ? FormattableString.Invariant($"blocks of {some}") : "all of a channel";

    private static string Text(int number) => FormattableString.Invariant($"{number}");

    private static string Real(float number) => FSharp.RealText.ofSingle(number);
}
