using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Onnx.Model;

namespace Shell.Tests.Support;

/// <summary>A float tensor of a run: its shape and its elements in row order.</summary>
internal sealed record FloatTensor(int[] Dims, float[] Values);

/// <summary>Runs models in ONNX Runtime.</summary>
internal static class Run
{
    /// <summary>The float outputs of a model, by name; other outputs are left out.</summary>
    internal static Dictionary<string, FloatTensor> Model(
        byte[] bytes,
        IReadOnlyDictionary<string, FloatTensor> inputs,
        GraphOptimizationLevel level = GraphOptimizationLevel.ORT_DISABLE_ALL) =>
        Model(bytes, inputs, () => new SessionOptions
        {
            GraphOptimizationLevel = level,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            IntraOpNumThreads = 1,
        });

    /// <summary>The same under options of one's own.</summary>
    internal static Dictionary<string, FloatTensor> Model(
        byte[] bytes, IReadOnlyDictionary<string, FloatTensor> inputs, Func<SessionOptions> makeOptions)
    {
        using var options = makeOptions();
        using var session = new InferenceSession(bytes, options);
        var feeds = inputs
            .Select(i => NamedOnnxValue.CreateFromTensor(i.Key, new DenseTensor<float>(i.Value.Values, i.Value.Dims)))
            .ToList();
        using var results = session.Run(feeds);
        return results
            .Where(r => r.Value is Tensor<float>)
            .ToDictionary(r => r.Name, r => Copy(r.AsTensor<float>()));
    }

    private static FloatTensor Copy(Tensor<float> tensor) => new([.. tensor.Dimensions], [.. tensor]);

    /// <summary>Random values for every float input; free dimensions become <paramref name="free"/>.</summary>
    internal static Dictionary<string, FloatTensor> RandomInputs(
        OnnxModel model, int seed = 1, float low = -1, float high = 1, int free = 1)
    {
        var random = new Random(seed);
        var inputs = new Dictionary<string, FloatTensor>();
        foreach (var input in model.Inputs)
        {
            var dims = input.Type.TensorType.Shape.Dim.Select(d => d.HasDimValue ? (int)d.DimValue : free).ToArray();
            var values = new float[dims.Aggregate(1, (product, dim) => product * dim)];
            for (var i = 0; i < values.Length; i++)
                values[i] = low + ((high - low) * random.NextSingle());
            inputs[input.Name] = new FloatTensor(dims, values);
        }

        return inputs;
    }

    /// <summary>
    /// The largest difference between the outputs of two models on the same inputs, as a fraction of their range.
    /// </summary>
    internal static double LargestDifference(
        OnnxModel expected, OnnxModel actual, IReadOnlyDictionary<string, FloatTensor> inputs)
    {
        var left = Model(expected.ToBytes(), inputs);
        var right = Model(actual.ToBytes(), inputs);
        Xunit.Assert.Equal(left.Keys, right.Keys);
        var largest = 0.0;
        foreach (var (name, tensor) in left)
        {
            Xunit.Assert.Equal(tensor.Dims, right[name].Dims);
            var range = Math.Max((double)tensor.Values.Max() - tensor.Values.Min(), tensor.Values.Max(Math.Abs));
            for (var i = 0; i < tensor.Values.Length; i++)
            {
                var difference = Math.Abs((double)tensor.Values[i] - right[name].Values[i]);
                largest = Math.Max(largest, range > 0 ? difference / range : difference);
            }
        }

        return largest;
    }
}
