namespace QuantFunctional.Checking;

/// <summary>What the checker itself finds of products that x64 without VNNI adds in pairs, in 16 bits.</summary>
internal sealed class OwnPairs(IntegerLayer layer, LayerArithmetic arithmetic)
{
    /// <summary>How the products are added, as documents name it.</summary>
    internal string Products => this switch
    {
        { IsInFull: true } => "in-full",
        _ when layer.Profile.Products.IsPairs16 => "pairs-16",
        _ => "in-full-or-pairs-16",
    };

    // 16-bit inputs meet no such instruction, and a kernel of one input and one output channel a group needs none
    private bool IsInFull => layer.Profile.Products.IsInFull || !layer.Path.IsInt8
        || (layer.Shape.Inputs == 1 && layer.Shape.Channels == layer.Shape.Groups);

    /// <summary>The channels of which some input drives a pair out of 16 bits, each with the sum that goes farthest.</summary>
    internal IEnumerable<(int Channel, int Value, int Limit)> Beyond()
    {
        for (var channel = 0; channel < layer.Shape.Channels && !IsInFull; channel++)
        {
            // both ends of every pair, over inputs of 0 to 255
            var farthest = Neighbours(arithmetic.Weights(channel))
                .SelectMany(pair => new[]
                {
                    255 * (Math.Max((int)pair.First, 0) + Math.Max((int)pair.Second, 0)),
                    255 * (Math.Min((int)pair.First, 0) + Math.Min((int)pair.Second, 0)),
                })
                .Where(sum => sum is > short.MaxValue or < short.MinValue)
                .DefaultIfEmpty(0).MaxBy(Math.Abs);
            if (farthest != 0)
                yield return (channel, farthest, farthest > 0 ? short.MaxValue : short.MinValue);
        }
    }

    /// <summary>The sum of every pair of a channel for stored inputs in the logical order, before 16 bits cut it.</summary>
    internal IEnumerable<int> Sums(int channel, IReadOnlyList<int> inputs)
    {
        var products = arithmetic.Weights(channel).Select((weight, i) => weight * (inputs[i] + 128)).ToArray();
        return Neighbours(products).Select(pair => pair.First + pair.Second);
    }

    // the logical order runs over the positions of each input channel; the kernel's over the input channels of each position
    private IEnumerable<(T First, T Second)> Neighbours<T>(T[] logical)
    {
        var kernel = new List<T>(logical.Length);
        for (var position = 0; position < layer.Shape.Positions; position++)
        {
            for (var input = 0; input < layer.Shape.Inputs; input++)
                kernel.Add(logical[(input * layer.Shape.Positions) + position]);
        }

        return kernel.Chunk(2).Where(pair => pair.Length == 2).Select(pair => (pair[0], pair[1]));
    }
}
