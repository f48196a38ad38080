using QuantFunctional.Documents;

namespace QuantFunctional;

/// <summary>Proves of integer layers that nothing overflows, whatever the input, and how far they can err.</summary>
/// <remarks>It looks at the integers and the scales alone, so it does not matter who made them.</remarks>
public static class Certifier
{
    /// <summary>What is proven of a plan's integers, and everything that they break.</summary>
    public static LayerCertificate Certify(this QuantizedLayer plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return FSharp.Certificate.ofLayer(plan.Plan.WeightScale, plan.Integers);
    }

    /// <summary>The certificates of a document's layers, as data.</summary>
    /// <param name="document">The plans.</param>
    /// <param name="layer">The name of the layers to look at; null for all.</param>
    public static CertificateReport Certify(this PlanDocument document, string? layer = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        return new CertificateReport
        {
            Model = document.Model,
            Layers =
            [
                .. document.Layers.Where(l => IsMeant(l.Name)).Select(l => LayerCertificateReport.Of(l.Name, l.Plan)),
            ],
            NothingToVerify = [.. document.WeightOnlyLayers.Select(l => l.Name).Where(IsMeant)],
        };

        bool IsMeant(string name) => layer is null || name == layer;
    }
}
