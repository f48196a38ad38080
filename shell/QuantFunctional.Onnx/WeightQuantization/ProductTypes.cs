using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Which integers each product gets.</summary>
/// <param name="layers">The products.</param>
/// <param name="request">What is asked for all of them.</param>
/// <param name="eightBits">Those that have 8 bits among products of 4, by name, each with the reason.</param>
internal sealed class ProductTypes(
    WeightLayers layers, QuantizeWeightsRequest request, IReadOnlyDictionary<string, string> eightBits)
{
    /// <summary>The type of a product's integers.</summary>
    internal WeightType Of(FoundLayer layer) => WhyEightBits(layer) is null ? request.Integers : WeightType.Int8;

    /// <summary>Why a product has 8 bits among products of 4; null where it is as was asked for all.</summary>
    internal string? WhyEightBits(FoundLayer layer) => eightBits.GetValueOrDefault(layer.Node.DisplayName());

    /// <summary>Plans a product.</summary>
    internal WeightOnlyLayer Plan(FoundLayer layer) => layers.Plan(layer, Of(layer), request.Granularity);
}
