using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using QuantFunctional.Formats;

namespace QuantFunctional.Documents.Json;

/// <summary>Where integer weights come from when a document is read.</summary>
internal interface IWeightSource
{
    /// <summary>The weights of a layer, in the order of its shape.</summary>
    sbyte[] Weights(WeightsJson json, WeightShape shape, int layer, Place place);

    /// <summary>What is added to the nearest weights of a layer, in the same order.</summary>
    sbyte[] Differences(DifferencesJson json, WeightShape shape, int layer, Place place);
}

/// <summary>The plans that a document is made from: so that writing can check what reading will find.</summary>
internal sealed class KnownWeights(PlanDocument document) : IWeightSource
{
    private readonly ImmutableArray<sbyte>[] _weights = [.. WeightArrays.Of(document).Select(tensor => tensor.Weights)];

    public sbyte[] Weights(WeightsJson json, WeightShape shape, int layer, Place place) =>
        ImmutableCollectionsMarshal.AsArray(_weights[layer])!;

    public sbyte[] Differences(DifferencesJson json, WeightShape shape, int layer, Place place) =>
        ImmutableCollectionsMarshal.AsArray(((WeightRounding.Differences)document.Layers[layer].Plan.Request.WeightRounding).Added)!;
}

/// <summary>The JSON itself, and the .npz file beside it.</summary>
internal sealed class WeightArrays(string? arrays, Place document) : IWeightSource
{
    private ArrayFile? _file;

    /// <summary>The integer weights of a document, in the order of their numbers: the layers', then weights alone.</summary>
    internal static IEnumerable<(WeightShape Shape, ImmutableArray<sbyte> Weights)> Of(PlanDocument document) =>
        document.Layers.Select(layer => (layer.Plan.Integers.Shape, layer.Plan.Integers.Weights))
            .Concat(document.WeightOnlyLayers.Select(layer => (layer.Plan.Shape, layer.Plan.Weights)));

    internal static WeightsJson ToJson(WeightShape shape, ImmutableArray<sbyte> weights, int? arrayIndex)
    {
        var (layout, values) = (Names.Layouts[shape.Layout], ImmutableCollectionsMarshal.AsArray(weights)!);
        return arrayIndex is { } index
            ? new(layout, shape.Sizes, shape.Groups, null, NameOf(index), Digest(values))
            : new(layout, shape.Sizes, shape.Groups, values);
    }

    internal static DifferencesJson ToJson(ImmutableArray<sbyte> differences, int? arrayIndex)
    {
        var values = ImmutableCollectionsMarshal.AsArray(differences)!;
        return arrayIndex is { } index ? new(null, NameOfDifferences(index), Digest(values)) : new(values);
    }

    private static string NameOfDifferences(int layer) => string.Create(CultureInfo.InvariantCulture, $"differences{layer}");

    private static string NameOf(int layer) => string.Create(CultureInfo.InvariantCulture, $"weights{layer}");

    private static string Digest(sbyte[] values) =>
        Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));

    /// <summary>Writes the weights of all layers, in the order of the document.</summary>
    internal static void Write(Stream stream, PlanDocument document) =>
        NpzWriter.Write(stream, Of(document).Select((layer, index) => (NameOf(index), Writing(layer.Shape, layer.Weights)))
            .Concat(document.Layers.SelectMany((layer, index) => layer.Plan.Request.WeightRounding is WeightRounding.Differences rounding
                ? new[] { (NameOfDifferences(index), Writing(layer.Plan.Integers.Shape, rounding.Added)) }
                : [])));

    private static Action<Stream> Writing(WeightShape shape, ImmutableArray<sbyte> weights)
    {
        long[] axes = [.. shape.Sizes.Select(size => (long)size)];
        return stream => NpyWriter.Write(stream, weights.AsSpan(), axes);
    }

    public sbyte[] Weights(WeightsJson json, WeightShape shape, int layer, Place place) =>
        Read(json.Values, json.Array, json.Sha256, shape, place);

    public sbyte[] Differences(DifferencesJson json, WeightShape shape, int layer, Place place) =>
        Read(json.Values, json.Array, json.Sha256, shape, place);

    private sbyte[] Read(sbyte[]? inline, string? name, string? digest, WeightShape shape, Place place)
    {
        switch (inline, name)
        {
            case (not null, not null):
                throw place.At("array").Fault(Diagnostics.FieldsExclude, "stands beside `values`; take one of them out.");
            case (null, null):
                throw place.At("values").Fault(Diagnostics.FieldMissing, "is missing, and so is `array`; write the plan again.");
            case ({ } values, null):
                if (digest is not null)
                    throw place.At("sha256").Fault(Diagnostics.FieldsExclude, "goes with `array`, not with `values`; take it out.");
                place.At("values").Demand(
                    values.Length == shape.Count, $"has {values.Length} entries, its sizes ask for {shape.Count}");
                return values;
            case (null, { } array):
                return FromFile(digest, array, shape, place);
        }
    }

    private sbyte[] FromFile(string? digest, string array, WeightShape shape, Place place)
    {
        if (digest is null)
            throw place.At("sha256").Fault(Diagnostics.FieldMissing, "is missing; write the plan again.");
        using var reader = (_file ??= Open()).OpenArray(array);
        var info = reader.Info;
        if (info.ElementType != ElementType.Int8 || !info.Shape.SequenceEqual(shape.Sizes.Select(size => (long)size)))
        {
            throw place.At("array").Fault(
                Diagnostics.ArrayOfOtherShape, $"{info} is {info.ElementType.Name()} {Shapes.Text(info.Shape)}, int8 "
                + $"{Shapes.Text(shape.Sizes.Select(size => (long)size))} is needed; write the plan again.");
        }

        reader.TakeAsOneSample();
        var values = new sbyte[shape.Count];
        reader.TryRead(values.AsSpan());
        if (Digest(values) != digest)
            throw place.At("sha256").Fault(Diagnostics.DigestDiffers, $"is not that of {info}; it belongs to another plan: write the plan again.");
        return values;
    }

    private ArrayFile Open()
    {
        var place = document.At("arrays");
        if (arrays is null)
            throw place.Fault(Diagnostics.FieldMissing, "is missing, but a layer's weights are in an array; write the plan again.");
        if (arrays is "" or "." or ".." || arrays.AsSpan().IndexOfAny('/', '\\', ':') >= 0)
            throw place.Fault(Diagnostics.ArraysElsewhere, $"`{arrays}` is not the name of a file in the document's own folder; put it there.");
        return ArrayFile.Open(Path.Combine(Path.GetDirectoryName(document.File) ?? "", arrays));
    }
}
