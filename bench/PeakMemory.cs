using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Bench;

/// <summary>The peak memory of calibrating with few and with many samples, each in a process of its own.</summary>
internal static class PeakMemory
{
    private const int Repetitions = 20;

    /// <summary>Prints a table: for each kind of file, the peak with the samples once and twenty times.</summary>
    public static void Compare()
    {
        var model = BenchModel.All[^1];
        var folder = Directory.CreateTempSubdirectory("quantfn-bench-");
        try
        {
            Console.WriteLine($"{model.Name}: peak working set in MB");
            foreach (var kind in (string[])["stored.npz", "deflated.npz", "npy"])
            {
                var (fewCount, few) = Measure(model, Write(model, kind, 1, folder.FullName));
                var (manyCount, many) = Measure(model, Write(model, kind, Repetitions, folder.FullName));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{kind,-13} {fewCount} samples {few:F1}  {manyCount} samples {many:F1}  ratio {many / few:F3}"));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>What the child process does: calibrates, and prints the number of samples and its peak in MB.</summary>
    public static void Child(string modelPath, string samplesPath)
    {
        var model = ModelPreparation.Prepare(OnnxModel.Load(modelPath));
        var count = ObservedTensors.Calibrate(model, samplesPath);
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{count} {self.PeakWorkingSet64 / 1048576.0}"));
    }

    // the middle of three runs
    private static (string Samples, double Megabytes) Measure(BenchModel model, string samples)
    {
        var runs = Enumerable.Range(0, 3).Select(_ => MeasureOnce(model, samples)).OrderBy(run => run.Megabytes);
        return runs.ElementAt(1);
    }

    private static (string Samples, double Megabytes) MeasureOnce(BenchModel model, string samples)
    {
        var start = new ProcessStartInfo(
            "dotnet", [typeof(PeakMemory).Assembly.Location, "memory-of", model.Model, samples])
        {
            RedirectStandardOutput = true,
        };
        using var child = Process.Start(start)!;
        var words = child.StandardOutput.ReadToEnd().Trim().Split(' ');
        child.WaitForExit();
        return (words[0], double.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static string Write(BenchModel model, string kind, int repetitions, string folder)
    {
        var path = Path.Combine(folder, $"{repetitions}.{kind}");
        using var file = File.Create(path);
        if (kind == "npy")
        {
            Repeat(model, repetitions, file);
            return path;
        }

        using var archive = new ZipArchive(file, ZipArchiveMode.Create);
        var level = kind == "stored.npz" ? CompressionLevel.NoCompression : CompressionLevel.Optimal;
        using var entry = archive.CreateEntry("input.npy", level).Open();
        Repeat(model, repetitions, entry);
        return path;
    }

    private static void Repeat(BenchModel model, int repetitions, Stream stream)
    {
        var source = ArrayFile.Open(model.Samples);
        using var reader = source.OpenArray(source.Names.First(name => name != "labels"));
        var once = new byte[reader.Info.SampleCount * reader.Info.SampleLength];
        for (var i = 0; i < reader.Info.SampleCount; i++)
            reader.TryRead(once.AsSpan(checked((int)(i * reader.Info.SampleLength)), (int)reader.Info.SampleLength));
        var many = Enumerable.Repeat(once, repetitions).SelectMany(bytes => bytes).ToArray();
        NpyWriter.Write<byte>(stream, many, [reader.Info.SampleCount * repetitions, .. reader.Info.SampleShape]);
    }
}
