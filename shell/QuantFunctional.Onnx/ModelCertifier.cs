using QuantFunctional.Documents;
using QuantFunctional.Onnx.Repair;

namespace QuantFunctional.Onnx;

/// <summary>
/// Proves of a quantized model's layers and products of activations that nothing overflows, and of its Adds and Muls that they
/// are the same in every arithmetic of the profile, whoever made the model.
/// </summary>
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
        JoinCertificateReport[] joins =
        [
            .. model.Joins.Where(join => layer is null || join.Name == layer).Select(join => join.Certify(model.BetweenLayers)),
        ];
        var report = Certifier.Report(
            Path.GetFileName(model.Path),
            Sums(model).Where(l => layer is null || l.Name == layer)
                .Select(l => LayerCertificateReport.Of(l.Name, l.Integers, l.Certify())),
            layer is null ? LayersInFloat(model) : []);
        ActivationProductReport[] products =
        [
            .. model.Graph.ActivationProducts.Where(product => layer is null || product.Name == layer).Select(ActivationProductReport.Of),
        ];
        return report with
        {
            ModelSha256 = model.Identity.Sha256,
            Joins = joins,
            ActivationProducts = products.Length > 0 ? products : null,
            Passed = report.Passed && joins.All(join => join.Passed) && products.All(product => product.Passed),
        };
    }

    /// <summary>Whether arithmetics make the same integers of every pair of inputs of a join, with a witness where not.</summary>
    /// <param name="join">The join.</param>
    /// <param name="arithmetics">The arithmetics.</param>
    public static JoinCertificateReport Certify(this ModelJoin join, IReadOnlyList<OperatorArithmetic> arithmetics)
    {
        ArgumentNullException.ThrowIfNull(join);
        return JoinCertificateReport.Of(join.Name, join.Join, arithmetics);
    }

    /// <summary>What a certificate of the model is checked with.</summary>
    /// <param name="model">The model.</param>
    public static CheckedLayers ToChecked(this IntegerModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new CheckedLayers(
            Path.GetFileName(model.Path),
            [.. Sums(model).Select(ToChecked)],
            LayersInFloat(model))
        {
            QuantizedModel = model.Identity,
            Joins = [.. model.Joins.Select(join => new CheckedJoin(join.Name, join.Join, model.BetweenLayers))],
            ActivationProducts = model.Graph.ActivationProducts,
        };
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
