using System.Diagnostics;
using QuantFunctional.Fuzz.Readers;

namespace QuantFunctional.Fuzz.Kills;

/// <summary>Runs of `quantfn` in a folder: one kind of quantization over the other.</summary>
internal sealed class Work(string folder)
{
    internal static readonly string[] Outputs = ["model.int8.onnx", "model.json", "model.npz"];

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "quantfn.dll");

    /// <summary>The model and the samples that everything is made of.</summary>
    internal void Prepare() => SeedModels.Quantize(folder, SeedModels.Float());

    internal Process Quantize(bool perTensor) => Start([
        "quantize", At("model.onnx"), "--calibration", At("data.npy"), "--plan", At("model.json"), "-o", At(Outputs[0]), "--force",
        .. perTensor ? ["--per-tensor"] : Array.Empty<string>(),
    ]);

    /// <summary>Whether the plan is accepted: with the model that is there.</summary>
    internal (int ExitCode, string Error) Verify() => End(Start(["verify", At("model.json")]));

    internal static (int ExitCode, string Error) End(Process process)
    {
        using (process)
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, error);
        }
    }

    internal byte[][] Read() => [.. Outputs.Select(name => File.Exists(At(name)) ? File.ReadAllBytes(At(name)) : [])];

    internal void Write(byte[][] contents)
    {
        foreach (var (name, content) in Outputs.Zip(contents))
            File.WriteAllBytes(At(name), content);
    }

    internal int LeftOver() => Directory.EnumerateFileSystemEntries(folder, ".quantfn-*").Count();

    internal DateTime Written(string name) => File.GetLastWriteTimeUtc(At(name));

    private string At(string name) => Path.Combine(folder, name);

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
