namespace QuantFunctional.Bench;

/// <summary>The weight shapes of ResNet-50: 53 convolutions and the last product, 25.5 million weights.</summary>
internal static class ResNet50
{
    private static readonly (int Blocks, int Width)[] Stages = [(3, 64), (4, 128), (6, 256), (3, 512)];

    /// <summary>Output channels, input channels, height and width of each layer's kernel, in the order of the network.</summary>
    public static IReadOnlyList<int[]> Shapes { get; } = [.. Layers()];

    private static IEnumerable<int[]> Layers()
    {
        yield return [64, 3, 7, 7];
        var inputs = 64;
        foreach (var (blocks, width) in Stages)
        {
            for (var block = 0; block < blocks; block++)
            {
                yield return [width, inputs, 1, 1];
                yield return [width, width, 3, 3];
                yield return [4 * width, width, 1, 1];
                if (block == 0)
                    yield return [4 * width, inputs, 1, 1];
                inputs = 4 * width;
            }
        }

        yield return [1000, inputs, 1, 1];
    }
}
