using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>The outputs of a run on this library's own integers, in the form in which ONNX Runtime's are compared.</summary>
internal static class OwnOutputs
{
    /// <summary>Runs the sample that the source holds.</summary>
    /// <exception cref="QuantException">The sample does not fit, or an intermediate overflows.</exception>
    internal static Dictionary<string, (double[] Values, long[] Dims)> Of(IntegerModel model, SampleSource samples) =>
        model.Run(samples.Reals()).Outputs.ToDictionary(
            output => output.Key,
            output => (
                Array.ConvertAll(output.Value.Values.ToArray(), value => (double)value),
                output.Value.Shape.Select(size => (long)size).ToArray()));
}
