using System.Globalization;
using QuantFunctional.Documents.Json;

namespace QuantFunctional.Onnx;

/// <summary>Refuses a recipe whose fields cannot be what a quantization chose, whatever the model.</summary>
internal static class RecipeCheck
{
    /// <summary>Refuses a file that is larger than any recipe before it is read.</summary>
    internal static void RefuseLarge(string path, long most)
    {
        if (new FileInfo(path) is { Exists: true } file && file.Length > most)
        {
            throw Diagnostics.RecipeTooLarge.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{path}: {file.Length} bytes; no recipe has more than {most}. Name a file that --save-recipe wrote."), file: path);
        }
    }

    /// <summary>Requires that the fields fit each other.</summary>
    /// <exception cref="QuantException">Two do not; the message names them.</exception>
    internal static void Require(RecipeJson document, Place place)
    {
        RequireDigest(document.Model.Sha256, place.At("model").At("sha256"));
        RequireDigest(document.Quantized, place.At("quantized"));
        RequireDigest(document.Data.Sha256, place.At("data").At("sha256"));
        if (document.Arrays is { } arrays)
            RequireDigest(arrays.Sha256, place.At("arrays").At("sha256"));
        Demand(document.Data.Samples > 0, place.At("data").At("samples"), "there is no sample");
        RequireNames(document.Tensors.Select(tensor => tensor.Name), place.At("tensors"));
        RequireNames(document.Rows.Select(rows => rows.Tensor), place.At("rows"));
        RequireNames(document.Apart.Select(node => node.Node), place.At("apart"));
        RequireNames(document.LeftInFloat.Select(node => node.Node), place.At("leftInFloat"));
        RequireNames(document.Ranges.Select(range => range.Tensor), place.At("ranges"));
        RequireNames(document.Biases.Select(bias => bias.Output), place.At("biases"));
        RequireNames(document.Roundings.Select(rounding => rounding.Output), place.At("roundings"));
        RequireNames(document.RaisedJoins.Select(join => join.Output).Order(StringComparer.Ordinal), place.At("raisedJoins"));
        RequireNames(document.ChannelFactors.Select(factors => factors.Output).Order(StringComparer.Ordinal), place.At("channelFactors"));
        RequireNames(document.ChannelOrders.Select(order => order.Output).Order(StringComparer.Ordinal), place.At("channelOrders"));
        for (var i = 0; i < document.Tensors.Count; i++)
            Require(document.Tensors[i], place.At("tensors").At(i));
        for (var i = 0; i < document.Rows.Count; i++)
        {
            var rows = document.Rows[i];
            Demand(IsSingle(rows.Lowest) && IsSingle(rows.LowestUnmasked), place.At("rows").At(i), "it is no float32 number");
        }

        for (var i = 0; i < document.Ranges.Count; i++)
        {
            var range = document.Ranges[i];
            RequireBounds(range.Low, range.High, place.At("ranges").At(i));
        }
    }

    private static void Require(SeenTensorJson tensor, Place at)
    {
        Demand(tensor.Min is null == tensor.Max is null, at, "one of min and max is missing");
        if (tensor is { Min: { } low, Max: { } high })
            RequireBounds(low, high, at);
    }

    private static void RequireBounds(double low, double high, Place at) =>
        Demand(low <= high && IsSingle(low) && IsSingle(high), at, "it is no range of finite float32 numbers");

    private static bool IsSingle(double? number) => number is not { } value || (float.IsFinite((float)value) && (float)value == value);

    private static void RequireDigest(string text, Place at) => Demand(SampleDigests.IsSum(text), at, "it is no SHA-256 in hexadecimal");

    private static void RequireNames(IEnumerable<string> names, Place at) => Demand(
        names.Zip(names.Skip(1)).All(pair => string.CompareOrdinal(pair.First, pair.Second) < 0), at, "they are not in order, or one is named twice");

    private static void Demand(bool holds, Place place, string problem)
    {
        if (!holds)
            throw place.Fault(Diagnostics.PlanContradicts, $"{problem}; the file was edited or damaged: save the recipe again.");
    }
}
