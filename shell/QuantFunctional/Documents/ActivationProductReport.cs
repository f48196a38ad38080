using System.ComponentModel;

namespace QuantFunctional.Documents;

/// <summary>
/// What was proven of a product of two activations, as attention has it: whether its int32 sums hold whatever is stored.
/// </summary>
/// <remarks>
/// Kernels take the zero points out afterwards, in integers that wrap; where the sum itself fits, so does the result.
/// </remarks>
public sealed record ActivationProductReport
{
    /// <summary>The node's name in the model.</summary>
    [Description("The node's name in the model.")]
    public required string Name { get; init; }

    /// <summary>Whether no sum overflows.</summary>
    [Description("Whether no sum overflows.")]
    public required bool Passed { get; init; }

    /// <summary>How many products each sum adds; null where the model leaves it open.</summary>
    [Description("How many products each sum adds; absent where the model leaves it open.")]
    public long? Terms { get; init; }

    /// <summary>How many products an int32 sum holds, whatever the stored integers are.</summary>
    [Description("How many products an int32 sum holds, whatever the stored integers are.")]
    public required long MostTerms { get; init; }

    /// <summary>What is proven of a product.</summary>
    /// <param name="product">How its operands are stored, and how many products it adds.</param>
    public static ActivationProductReport Of(CheckedActivationProduct product)
    {
        ArgumentNullException.ThrowIfNull(product);
        var most = int.MaxValue / Math.Max(1, Reach(product.First) * Reach(product.Second));
        return new ActivationProductReport
        {
            Name = product.Name,
            Passed = product.Terms is not { } terms || terms <= most,
            Terms = product.Terms,
            MostTerms = most,
        };
    }

    private static long Reach(Storage storage) =>
        Math.Max(storage.ZeroPoint - (long)storage.Lowest, storage.Highest - (long)storage.ZeroPoint);
}
