namespace QuantFunctional.Onnx.Comparison;

/// <summary>Where an output is largest: once for each sample, or once for each position of the last axis.</summary>
internal static class ArgMaxes
{
    /// <summary>
    /// How many values each arg max is taken of: the last axis that is longer than 1, the batch apart.
    /// </summary>
    public static int Classes(long[] dims) => (int)dims.Skip(1).LastOrDefault(dim => dim != 1, 1);

    /// <summary>The index of the first largest value in each run of that many values.</summary>
    public static int[] Of(double[] values, int classes)
    {
        var result = new int[classes == 0 ? 0 : values.Length / classes];
        for (var i = 0; i < result.Length; i++)
        {
            var run = values.AsSpan(i * classes, classes);
            for (var k = 1; k < classes; k++)
            {
                if (run[k] > run[result[i]])
                    result[i] = k;
            }
        }

        return result;
    }
}
