using System.IO.Compression;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace Shell.Tests.Support;

/// <summary>How ONNX Runtime is asked to run a model.</summary>
internal sealed record OrtExecution(GraphOptimizationLevel Level, bool AllowInt8 = false, int Threads = 1)
{
    /// <summary>Node for node, as the file says.</summary>
    internal static OrtExecution Plain { get; } = new(GraphOptimizationLevel.ORT_DISABLE_ALL);

    /// <summary>With integer kernels.</summary>
    internal static OrtExecution Extended { get; } = new(GraphOptimizationLevel.ORT_ENABLE_EXTENDED);

    /// <summary>With integer kernels on channels-last data.</summary>
    internal static OrtExecution All { get; } = new(GraphOptimizationLevel.ORT_ENABLE_ALL);

    /// <summary>With integer kernels as they are chosen on ARM.</summary>
    internal static OrtExecution Int8Allowed { get; } = new(GraphOptimizationLevel.ORT_ENABLE_EXTENDED, AllowInt8: true);

    internal SessionOptions Options()
    {
        var options = new SessionOptions
        {
            GraphOptimizationLevel = Level,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            IntraOpNumThreads = Threads,
        };
        if (AllowInt8)
            options.AddSessionConfigEntry("session.qdqisint8allowed", "1");
        return options;
    }
}

/// <summary>Samples of float inputs, each with batch 1.</summary>
internal sealed record Samples(IReadOnlyList<IReadOnlyDictionary<string, FloatTensor>> Items)
{
    /// <summary>Random samples for every input of a model; free dimensions become 1.</summary>
    internal static Samples Random(OnnxModel model, int count, float low = -1, float high = 1) =>
        new([.. Enumerable.Range(1, count).Select(seed => Support.Run.RandomInputs(model, seed, low, high))]);

    // fewer are warned of; the same ones again change nothing else
    private const int Fewest = 16;

    /// <summary>Writes one array for each input, few samples several times, and returns the path.</summary>
    internal string Write(string path, int fewest = Fewest)
    {
        var times = (fewest + Items.Count - 1) / Items.Count;
        var items = Enumerable.Repeat(Items, times).SelectMany(some => some).ToList();
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var (name, first) in Items[0])
        {
            using var stream = archive.CreateEntry(name + ".npy", CompressionLevel.NoCompression).Open();
            var values = items.SelectMany(item => item[name].Values).ToArray();
            NpyWriter.Write<float>(stream, values, [items.Count, .. first.Dims.Skip(1).Select(d => (long)d)]);
        }

        return path;
    }

    /// <summary>The outputs of a model, of all samples one after the other; integers become floats.</summary>
    internal Dictionary<string, float[]> Run(OnnxModel model, OrtExecution execution)
    {
        using var options = execution.Options();
        using var session = new InferenceSession(model.ToBytes(), options);
        var outputs = session.OutputNames.ToDictionary(name => name, _ => new List<float>());
        foreach (var item in Items)
        {
            using var results = session.Run([.. item.Select(input => NamedOnnxValue.CreateFromTensor(
                input.Key, new DenseTensor<float>(input.Value.Values, input.Value.Dims)))]);
            foreach (var result in results)
            {
                outputs[result.Name].AddRange(result.Value is Tensor<long> integers
                    ? integers.Select(value => (float)value)
                    : result.AsTensor<float>());
            }
        }

        return outputs.ToDictionary(output => output.Key, output => output.Value.ToArray());
    }
}
