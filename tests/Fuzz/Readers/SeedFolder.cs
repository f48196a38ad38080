using System.IO.Compression;
using QuantFunctional.Documents;
using QuantFunctional.Formats;
using QuantFunctional.Fuzz.Mutations;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Vectors;

namespace QuantFunctional.Fuzz.Readers;

/// <summary>Sound files of every kind, made by the library itself from small layers and models.</summary>
internal sealed class SeedFolder
{
    internal required OnnxModel Model { get; init; }

    internal required IReadOnlyList<InputFiles> Models { get; init; }

    internal required IReadOnlyList<InputFiles> ModelsInTwoFiles { get; init; }

    internal required IReadOnlyList<InputFiles> QuantizedModels { get; init; }

    internal required IReadOnlyList<InputFiles> Plans { get; init; }

    internal required IReadOnlyList<InputFiles> Certificates { get; init; }

    internal required CheckedLayers Layers { get; init; }

    internal required IReadOnlyList<InputFiles> Manifests { get; init; }

    internal required IReadOnlyList<InputFiles> Profiles { get; init; }

    internal required IReadOnlyList<InputFiles> Recipes { get; init; }

    internal IReadOnlyList<InputFiles> Arrays { get; } =
    [
        One("a.npy", Npy<float>([1, 2, 3, 4, 5, 6], 2, 3)), One("a.npy", Npy<double>([1, 2, 3], 3)), One("a.npy", Npy<sbyte>([1, -2, 3, 4], 2, 1, 2)),
        One("a.npy", Npy<long>([1, 1L << 40], 2, 1)), One("a.npy", Npy<byte>([7])), One("a.npy", Npy<Half>([(Half)1, (Half)2], 1, 2)),
        One("a.npy", Npy<bool>([true, false], 2)), One("a.npy", Npy<float>([], 0, 4)), One("a.npy", Npy<ushort>(new ushort[5000], 50, 100)),
    ];

    internal IReadOnlyList<InputFiles> Archives { get; } =
    [
        .. new[] { CompressionLevel.NoCompression, CompressionLevel.Optimal }.SelectMany(level => new[]
        {
            One("a.npz", ZipMutation.Write([("x.npy", Npy<float>(new float[2 * 2 * 8 * 8], 2, 2, 8, 8))], level)),
            One("a.npz", ZipMutation.Write(
                [("x.npy", Npy<byte>(new byte[3 * 2 * 8 * 8], 3, 2, 8, 8)), ("labels.npy", Npy<long>([1, 2, 3], 3))], level)),
            One("a.npz", ZipMutation.Write([("w.npy", Npy<double>([1, 2, 3, 4], 2, 2))], level)),
        }),
        One("a.npz", ZipMutation.Write([("x.npy", Npy(new sbyte[200 << 20], 1, 200 << 20))], CompressionLevel.Optimal)),
    ];

    /// <summary>Makes the files.</summary>
    internal static SeedFolder Make(string folder)
    {
        var layers = SeedLayers.Plans();
        string At(string name) => Path.Combine(folder, name);
        IReadOnlyList<InputFiles> Kept(params string[] names) => [new([.. names.Select(name => (name, File.ReadAllBytes(At(name))))])];

        var plans = layers.SelectMany((layer, i) =>
        {
            PlanFile.Write(At("plan.json"), layer, overwrite: true);
            var inline = Kept("plan.json");
            PlanFile.Write(At("plan.json"), layer, overwrite: true, weightsInline: false);
            return i % 2 == 0 ? inline.Concat(Kept("plan.json", "plan.npz")) : inline;
        }).ToList();
        var model = SeedModels.Float();
        var quantized = SeedModels.Quantize(folder, model);
        plans.AddRange(Kept("model.json", "model.npz", "model.int8.onnx"));
        SeedModels.SaveRecipe(folder);
        CertificateFile.Write(At("c.json"), quantized.Certify(), overwrite: true);
        var certificates = Kept("c.json").ToList();
        CertificateFile.Write(At("c.json"), layers[0].Certify(), overwrite: true);
        certificates.AddRange(Kept("c.json"));
        VectorWriter.Write(At("vectors"), layers[0].Layers[0], new VectorOptions { RandomCount = 1 });
        var models = SeedModels.All(model, quantized.Path);
        return new SeedFolder
        {
            Model = model,
            Models = models,
            ModelsInTwoFiles = [.. models.Take(2).Select(files => SeedModels.InTwoFiles(files.Files[0].Bytes))],
            QuantizedModels = [One("model.onnx", File.ReadAllBytes(quantized.Path))],
            Plans = plans,
            Certificates = certificates,
            Layers = quantized.ToChecked(),
            Recipes = Kept("recipe.json", "recipe.npz"),
            Manifests = [One("manifest.json", File.ReadAllBytes(Path.Combine(At("vectors"), VectorManifest.FileName)))],
            Profiles = [.. FSharp.BackendProfile.named.Select(profile =>
            {
                ProfileFile.Write(At("p.json"), profile, overwrite: true);
                return Kept("p.json")[0];
            })],
        };
    }

    private static InputFiles One(string name, byte[] bytes) => new([(name, bytes)]);

    private static byte[] Npy<T>(T[] values, params long[] shape)
        where T : unmanaged
    {
        using var stream = new MemoryStream();
        NpyWriter.Write<T>(stream, values, shape);
        return stream.ToArray();
    }
}
