using QuantFunctional.Checking;
using QuantFunctional.Documents;

namespace QuantFunctional.Onnx;

/// <summary>Proves of a quantized model's layers that nothing overflows, whoever made the model.</summary>
public static class ModelCertifier
{
    /// <summary>What is proven of a layer's integers, and everything that they and the file's claims break.</summary>
    /// <param name="layer">The layer.</param>
    public static LayerCertificate Certify(this ModelLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return ToChecked(layer).Certify();
    }

    /// <summary>The certificates of a model's layers, as data.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layer">The name of the layers to look at; null for all.</param>
    public static CertificateReport Certify(this IntegerModel model, string? layer = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Certifier.Report(
            Path.GetFileName(model.Path),
            Sums(model).Where(l => layer is null || l.Name == layer)
                .Select(l => LayerCertificateReport.Of(l.Name, l.Integers, l.Certify())),
            layer is null ? LayersInFloat(model) : []);
    }

    /// <summary>What a certificate of the model is checked with.</summary>
    /// <param name="model">The model.</param>
    public static CheckedLayers ToChecked(this IntegerModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new CheckedLayers(
            Path.GetFileName(model.Path),
            [.. Sums(model).Select(ToChecked)],
            LayersInFloat(model));
    }

    private static CheckedLayer ToChecked(ModelLayer layer) =>
        new(layer.Name, layer.Integers, layer.WeightScale, layer.BiasSteps);

    /// <summary>Everything that adds products of integers: layers, and products whose sums become real at once.</summary>
    private static IEnumerable<ModelLayer> Sums(IntegerModel model) => model.Layers.Concat(model.Products);

    private static string[] LayersInFloat(IntegerModel model) =>
    [
        .. model.InFloat.Where(node => node.IsLayer).Select(node => node.Name)
            .Except(model.Products.Select(product => product.Name)),
    ];
}
