using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace Shell.Tests.Support;

/// <summary>A layer as a model of its own, and what ONNX Runtime gave for it on each emulated processor.</summary>
/// <remarks>tests/Processors records them; its README describes the archive.</remarks>
internal sealed record RecordedKernel(
    string Name,
    IReadOnlyList<string> Settings,
    OnnxModel Model,
    IReadOnlyList<RecordedTensor> Inputs,
    IReadOnlyList<RecordedResult> Results)
{
    private static readonly JsonSerializerOptions CamelCase = new(JsonSerializerDefaults.Web);

    private sealed record Line(string Name, string[] Settings, int Model, Result[] Results);

    private sealed record Result(string[] Processors, string? Addition);

    /// <summary>The model's real inputs by their names; null where an input takes integers.</summary>
    internal Dictionary<string, RealArray<float>>? Reals =>
        Inputs.All(input => input.Type == TensorProto.Types.DataType.Float)
            ? Model.Inputs.Zip(Inputs).ToDictionary(
                pair => pair.First.Name, pair => new RealArray<float>(pair.Second.Floats, pair.Second.Sizes))
            : null;

    /// <summary>What a processor gave.</summary>
    internal RecordedResult On(string processor) => Results.Single(result => result.Processors.Contains(processor));

    /// <summary>All layers, in the order of the recording.</summary>
    internal static IReadOnlyList<RecordedKernel> All()
    {
        using var archive = ZipFile.OpenRead(Path.Combine(
            Shared.Repository, "tests", "Processors", "recordings", "kernels.zip"));
        using var lines = new StreamReader(archive.GetEntry("layers.jsonl")!.Open());
        using var models = new BinaryReader(archive.GetEntry("models")!.Open());
        using var tensors = new BinaryReader(archive.GetEntry("tensors")!.Open());
        var layers = new List<RecordedKernel>();
        while (lines.ReadLine() is { } text)
        {
            var line = JsonSerializer.Deserialize<Line>(text, CamelCase)!;
            var model = new OnnxModel(line.Name, ModelProto.Parser.ParseFrom(models.ReadBytes(line.Model)));
            var inputs = Tensors(tensors);
            layers.Add(new RecordedKernel(line.Name, line.Settings, model, inputs, [.. line.Results.Select(
                result => new RecordedResult(result.Processors, result.Addition, Tensors(tensors).Single()))]));
        }

        return layers;
    }

    private static List<RecordedTensor> Tensors(BinaryReader reader)
    {
        var tensors = new List<RecordedTensor>();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var type = (TensorProto.Types.DataType)reader.ReadInt32();
            var sizes = new int[reader.ReadInt32()];
            for (var axis = 0; axis < sizes.Length; axis++)
                sizes[axis] = (int)reader.ReadInt64();
            var size = type is TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Int32 ? 4 : 1;
            var count = sizes.Aggregate(1, (product, axis) => product * axis);
            tensors.Add(new RecordedTensor(type, sizes, reader.ReadBytes(count * size)));
        }

        return tensors;
    }
}

/// <summary>What some processors gave for a layer.</summary>
/// <param name="Processors">Their names: avx2, sse, a53, a76, armmax, wasm.</param>
/// <param name="Addition">
/// inFull, pairs, pairsChannelFirst, exchangedPairs or exchangedPairsChannelFirst; null where none of these explains it.
/// </param>
/// <param name="Output">The output.</param>
internal sealed record RecordedResult(IReadOnlyList<string> Processors, string? Addition, RecordedTensor Output);

/// <summary>An array of a recording.</summary>
internal sealed record RecordedTensor(TensorProto.Types.DataType Type, int[] Sizes, byte[] Bytes)
{
    /// <summary>The elements of a float32 array.</summary>
    internal float[] Floats => MemoryMarshal.Cast<byte, float>(Bytes).ToArray();
}
