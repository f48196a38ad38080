namespace QuantFunctional.Onnx.Observation;

/// <summary>What a layer reads, of which the means are observed.</summary>
/// <param name="Layer">The first output of the layer's node, which names it.</param>
/// <param name="Tensor">The tensor that it reads, float32.</param>
/// <param name="Rank">How many axes that has.</param>
/// <param name="Kernel">The sizes of the kernel's axes, which are those behind batch and channels; none of a product, whose channels lie last.</param>
/// <param name="Geometry">Where the kernel goes.</param>
/// <param name="Sizes">The tensor's sizes along the kernel's axes, -1 where not known; empty where none is.</param>
internal sealed record LayerInput(
    string Layer, string Tensor, int Rank, IReadOnlyList<int> Kernel, Geometry Geometry, IReadOnlyList<long> Sizes)
{
    /// <summary>Whether the sizes along the kernel's axes are known.</summary>
    public bool IsSized => Sizes.Count == Kernel.Count && Sizes.All(size => size > 0);

    /// <summary>At how many places along each axis of the kernel its numbers are read; 0 where it is larger than what it reads.</summary>
    public IReadOnlyList<long> Places => [.. Kernel.Select((kernel, axis) =>
        (Sizes[axis] + Geometry.Pads[axis] + Geometry.Pads[Kernel.Count + axis] - ((kernel - 1) * Geometry.Dilations[axis]) - 1) is >= 0 and var room
            ? (room / Geometry.Strides[axis]) + 1
            : 0)];

    /// <summary>What a product reads, row by row along its last axis.</summary>
    internal static LayerInput OfProduct(string tensor) => new(tensor, tensor, 1, [], FSharp.Geometry.plain(0), []);
}
