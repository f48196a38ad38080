namespace QuantFunctional.Bench;

/// <summary>A real network and samples for it.</summary>
internal sealed record BenchModel(string Name, string Model, string Samples)
{
    /// <summary>The shared networks where they lie beside the repository; else the sample of the repository.</summary>
    public static IReadOnlyList<BenchModel> All { get; } = Find();

    private static List<BenchModel> Find()
    {
        var root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "QuantFunctional.sln")))
            root = Path.GetDirectoryName(root);
        if (root is null)
            return [];

        var shared = Path.GetFullPath(Path.Combine(root, "..", "shared", "models"));
        var fashion = Path.Combine(root, "samples", "fashion");
        List<BenchModel> models =
        [
            Shared("ultraface", "ultraface.data.npz"),
            Shared("ic_resnet8", "ic_resnet8.calibration.npz"),
            Shared("ocr_rec", "ocr_rec.calibration.npz"),
        ];
        if (models.TrueForAll(IsThere))
            return models;
        Console.Error.WriteLine($"{shared} lacks the models; samples/fashion/fashion.onnx is measured instead.");
        return [.. Directory.Exists(fashion) ? Fashion(fashion).Where(IsThere) : []];

        BenchModel Shared(string name, string samples) =>
            new(name, Path.Combine(shared, name + ".onnx"), Path.Combine(shared, samples));
    }

    private static IEnumerable<BenchModel> Fashion(string folder) =>
        Directory.EnumerateFiles(folder, "*calibration*.npz")
            .Select(samples => new BenchModel("fashion", Path.Combine(folder, "fashion.onnx"), samples));

    private static bool IsThere(BenchModel model) => File.Exists(model.Model) && File.Exists(model.Samples);
}
