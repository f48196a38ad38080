using QuantFunctional.Documents.Json;

namespace QuantFunctional.Vectors;

/// <summary>What was written of the layers of a plan.</summary>
/// <param name="Written">The folder that holds the folders of the layers.</param>
/// <param name="Layers">The layers, in the order of the plan.</param>
public sealed record VectorsReport(string Written, IReadOnlyList<LayerVectors> Layers)
{
    /// <summary>Writes the report as JSON.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        DocumentJson.Write(stream, this);
    }
}

/// <summary>The vectors of one layer of several.</summary>
/// <param name="Folder">The name of its folder in the one that was written.</param>
/// <param name="Manifest">What its folder holds.</param>
public sealed record LayerVectors(string Folder, VectorManifest Manifest);
