namespace QuantFunctional.Onnx.Products;

/// <summary>Targets with kernels that add products in full.</summary>
internal static class FullSums
{
    /// <summary>The target with a kernel of it that adds every product whole.</summary>
    internal static BackendProfile InFull(this BackendProfile profile) => new(
        profile.Name,
        profile.Paths,
        profile.Precisions,
        profile.Multiplier,
        profile.Accumulator,
        profile.Int16Accumulator,
        profile.InputZeroPoint,
        profile.OutputZeroPoint,
        profile.Steps,
        profile.Relu,
        profile.MixedIntrinsicShift,
        ProductSums.InFull,
        profile.BetweenLayers);
}
