using QuantFunctional.Documents;

namespace QuantFunctional;

/// <summary>Proves of integer layers that nothing overflows, whatever the input, and how far they can err.</summary>
/// <remarks>It looks at the integers and the scales alone, so it does not matter who made them.</remarks>
public static class Certifier
{
    /// <summary>What is proven of a plan's integers, and everything that they break.</summary>
    /// <param name="plan">The plan.</param>
    public static LayerCertificate Certify(this QuantizedLayer plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return FSharp.Certificate.ofLayer(plan.Plan.WeightScale, plan.Integers);
    }

    /// <summary>What is proven of a layer's integers, and everything that they and the claims break.</summary>
    /// <param name="layer">The layer.</param>
    public static LayerCertificate Certify(this CheckedLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        var (scale, integers) = (layer.WeightScale, layer.Integers);
        var certificate = FSharp.Certificate.ofLayer(scale, integers);
        var violations = certificate.Violations.ToBuilder();
        if (layer.Factors is { } factors)
            violations.AddRange(FSharp.Claims.factors(scale, factors, integers));

        // what biases stand for follows from the factors
        if (layer.RealBias is { } biases && violations.Count == 0)
            violations.AddRange(FSharp.Claims.biases(scale, [.. biases], integers));
        if (layer.BiasSteps is { } steps)
            violations.AddRange(FSharp.Claims.biasSteps(scale, steps, layer.BiasStepFormat ?? StepFormat.Float32, integers));
        if (layer.Offset is { } offset)
            violations.AddRange(FSharp.Claims.offset(offset, integers));
        if (layer.OutputRange is { } range)
            violations.AddRange(FSharp.Claims.outputRange(range, integers));
        return new LayerCertificate(
            certificate.Bounds, certificate.ErrorBounds, violations.ToImmutable(), certificate.Notices);
    }

    /// <summary>The certificates of a document's layers, as data.</summary>
    /// <param name="document">The plans.</param>
    /// <param name="layer">The name of the layers to look at; null for all.</param>
    public static CertificateReport Certify(this PlanDocument document, string? layer = null) =>
        CheckedLayers.Of(document).Certify(layer);

    /// <summary>The certificates of layers, as data.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="layer">The name of the layers to look at; null for all.</param>
    public static CertificateReport Certify(this CheckedLayers layers, string? layer = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Report(
            layers.Model,
            layers.Layers.Where(l => IsMeant(l.Name)).Select(l =>
                LayerCertificateReport.Of(l.Name, l.Integers, l.Certify())),
            [.. layers.NothingToVerify.Where(IsMeant)]) with
        {
            ModelSha256 = layers.QuantizedModel?.Sha256,
        };

        bool IsMeant(string name) => layer is null || name == layer;
    }

    /// <summary>The document of some layers' certificates.</summary>
    /// <param name="model">The file name of the model; null where there is none.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="nothingToVerify">The layers of which the weights alone are integers.</param>
    public static CertificateReport Report(
        string? model,
        IEnumerable<LayerCertificateReport> layers,
        IReadOnlyList<string> nothingToVerify)
    {
        LayerCertificateReport[] all = [.. layers];
        return new CertificateReport
        {
            Model = model,
            Passed = all.All(layer => layer.Passed),
            Layers = all,
            NothingToVerify = nothingToVerify,
        };
    }
}
