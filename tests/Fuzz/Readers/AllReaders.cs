using QuantFunctional.Checking;
using QuantFunctional.Documents;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Vectors;

namespace QuantFunctional.Fuzz.Readers;

/// <summary>Everything that reads a file which somebody else may have written.</summary>
internal static class AllReaders
{
    private const long MostElements = 50_000_000;

    internal static IReadOnlyList<Reader> Of(SeedFolder seeds) =>
    [
        new("plan", 19, false, seeds.Plans, [("Read", ReadAndWrite), ("ReadLayers", path => PlanFile.ReadLayers(path).Certify())]),
        new("certificate", 13, false, seeds.Certificates, [("Read", path => ReadAndCheck(path, seeds.Layers))]),
        new("manifest", 3, false, seeds.Manifests, [("Read", path => VectorManifest.Read(Path.GetDirectoryName(path)!))]),
        new("profile", 4, false, seeds.Profiles, [("Read", path => ProfileFile.Write(Stream.Null, ProfileFile.Read(path)))]),
        new("recipe", 6, false, seeds.Recipes, [("Load", path => QuantizationRecipe.Load(path))]),
        new("onnx", 17, false, seeds.Models, [("Load", Load)]),
        new("external", 10, false, seeds.ModelsInTwoFiles, [("Load", Load)]),
        new("npy", 11, false, seeds.Arrays, Arrays),
        new("npz", 12, false, seeds.Archives, [.. Arrays, ("samples", path => ReadSamples(path, seeds.Model))]),
        new("integers", 3, true, seeds.QuantizedModels, [("Certify", path => IntegerModel.Load(path).Certify())]),
        new("inspect", 2, true, seeds.Models, [("Inspect", path => OnnxQuantizer.InspectAsync(path).GetAwaiter().GetResult())]),
    ];

    private static readonly (string, Action<string>)[] Arrays =
    [
        ("double", ReadSamples<double>),
        ("int8", ReadSamples<sbyte>),
        ("reals", path => RealArrays.Read<float>(path)),
        ("integers", path => IntegerArrays.Read(path)),
    ];

    // what could be read can be written
    private static void ReadAndWrite(string path) => PlanFile.Write(Stream.Null, PlanFile.Read(path));

    private static void ReadAndCheck(string path, CheckedLayers layers)
    {
        var certificate = CertificateFile.Read(path);
        CertificateChecker.NotCovered(certificate, layers);
        CertificateChecker.Disputes(certificate, layers);
    }

    private static void Load(string path)
    {
        var model = OnnxModel.Load(path);
        ModelDigest.Of(model);
    }

    private static void ReadSamples<T>(string path)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        var file = ArrayFile.Open(path);
        foreach (var name in file.Names.Take(8))
        {
            using var reader = file.OpenArray(name);
            if (reader.Info.SampleLength > MostElements)
                continue;
            var sample = new T[reader.Info.SampleLength];
            for (var i = 0; i < 1000 && reader.TryRead<T>(sample); i++)
                continue;
        }
    }

    private static void ReadSamples(string path, OnnxModel model)
    {
        using var samples = SampleSource.Open(path, model);
        for (var i = 0; i < 1000 && samples.MoveNext(); i++)
            continue;
    }
}
