using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;

namespace Shell.Tests.Reading.Drawn;

/// <summary>Whether what ONNX Runtime gives lies in the intervals that are certified of a model's layers.</summary>
internal static class CertifiedIntervals
{
    /// <summary>A layer that passes and whose interval an output of ONNX Runtime leaves; null where there is none.</summary>
    /// <param name="model">The model as it is verified.</param>
    /// <param name="outputs">What ONNX Runtime gave in several runs.</param>
    internal static string? Left(IntegerModel model, IReadOnlyList<Dictionary<string, FloatTensor>> outputs)
    {
        foreach (var layer in model.Layers)
        {
            var certificate = layer.Certify();
            var step = model.Graph.Steps.FirstOrDefault(step => step.Name == layer.Name);
            if (!certificate.Violations.IsEmpty || step is null)
                continue;
            var sums = certificate.Bounds.Where(bound => bound.Intermediate.IsProductAndBias).ToDictionary(bound => bound.Channel);
            var inputStep = model.Graph.Twins.Values.First(twin => twin.Tensor == step.Inputs[0]).Form.Steps[0];
            foreach (var (real, twin) in model.Graph.Twins.Where(twin => twin.Value.Tensor == step.Output && twin.Value.Form.Whole is not null))
            {
                var storage = twin.Form.Whole!;
                foreach (var output in outputs.Where(run => run.ContainsKey(real)).Select(run => run[real]))
                {
                    for (var i = 0; i < output.Values.Length; i++)
                    {
                        var stored = (int)MathF.Round(output.Values[i] / storage.Step) + storage.ZeroPoint;
                        var channel = Channel(layer, output.Dims, i);
                        var factor = inputStep * (float)(1 / layer.WeightScale[channel]) / storage.Step;
                        if (stored < Stored((float)sums[channel].Smallest * factor) || stored > Stored((float)sums[channel].Largest * factor))
                            return $"{layer.Name}: {stored} is none of a sum in [{sums[channel].Smallest}, {sums[channel].Largest}]";

                        int Stored(float steps) => Math.Clamp(
                            (int)MathF.Round(Math.Clamp(steps, -1000, 1000)) + storage.ZeroPoint, storage.Lowest, storage.Highest);
                    }
                }
            }
        }

        return null;
    }

    private static int Channel(ModelLayer layer, int[] dims, int element) => layer.Operator == "Conv"
        ? element / dims[2..].Aggregate(1, (product, size) => product * size) % dims[1]
        : element % dims[^1];
}
