using System.Collections;
using QuantFunctional.Documents;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>The plans of a model that is too large to hold them all: each is made again when it is looked at, and is the same.</summary>
internal sealed class PlannedOneByOne(WeightLayers layers, ProductTypes types) : IReadOnlyList<NamedWeightOnlyPlan>
{
    /// <inheritdoc/>
    public int Count => layers.Found.Count;

    /// <inheritdoc/>
    public NamedWeightOnlyPlan this[int index]
    {
        get
        {
            var layer = layers.Found[index];
            return new PlannedWeights(layer, types.Plan(layer)).Named;
        }
    }

    /// <inheritdoc/>
    public IEnumerator<NamedWeightOnlyPlan> GetEnumerator() =>
        Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
