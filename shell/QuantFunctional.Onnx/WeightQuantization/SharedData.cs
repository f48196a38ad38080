using Google.Protobuf;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Files of a model's data that other models of its folder read, too.</summary>
internal static class SharedData
{
    private const string Extension = ".onnx";

    /// <summary>Those of the files that another model reads, each with that model.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="model">The model whose data it is.</param>
    /// <param name="data">The files of its data.</param>
    internal static IReadOnlyDictionary<string, string> Of(string folder, string model, IReadOnlyList<string> data)
    {
        var files = data.Select(Path.GetFullPath).ToDictionary(ExternalData.RealPath);
        var shared = new Dictionary<string, string>();
        if (files.Count == 0)
            return shared;
        foreach (var other in Directory.EnumerateFiles(Path.GetFullPath(folder), "*" + Extension, SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (other == Path.GetFullPath(model))
                continue;
            foreach (var location in Locations(other))
            {
                if (files.TryGetValue(ExternalData.RealPath(Path.Combine(Path.GetDirectoryName(other)!, location)), out var file))
                    shared.TryAdd(file, other);
            }
        }

        return shared;
    }

    /// <summary>Where the tensors of a model lie that are not in it; nothing of a file that is no model.</summary>
    private static IReadOnlyList<string> Locations(string path)
    {
        try
        {
            var proto = ModelProto.Parser.ParseFrom(ModelFile.ReadAll(path));
            return
            [
                .. (proto.Graph is { } graph ? GraphWalk.Tensors(graph) : [])
                    .Where(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External)
                    .SelectMany(tensor => tensor.ExternalData)
                    .Where(entry => entry.Key == "location" && entry.Value.Length > 0 && !entry.Value.Contains('\0'))
                    .Select(entry => entry.Value)
                    .Distinct(),
            ];
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException
            || (fault is QuantException refusal && (refusal.Diagnostic == Diagnostics.NotOnnx || refusal.Diagnostic == Diagnostics.ModelTooLarge)))
        {
            return [];
        }
    }
}
