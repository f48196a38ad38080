using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Shell.Tests.Support;

/// <summary>The small language models beside the repository, and how far two sets of their logits are apart.</summary>
internal static class Decoder
{
    private const int Length = 128;
    private const int Tokens = 512;

    /// <summary>The logits of all places of the held-out sequences, with nothing before them.</summary>
    internal static float[] TestLogits(byte[] model)
    {
        var sequences = Sequences("test");
        var batch = sequences.Length / Length;
        using var session = new InferenceSession(model);
        var isHalf = session.OutputMetadata["logits"].ElementDataType == TensorElementType.Float16;
        var fed = session.InputMetadata.Keys.ToDictionary(name => name, name => name switch
        {
            "input_ids" => OrtValue.CreateTensorValueFromMemory(sequences, [batch, Length]),
            "attention_mask" => OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(1L, sequences.Length).ToArray(), [batch, Length]),
            "position_ids" => OrtValue.CreateTensorValueFromMemory(
                Enumerable.Range(0, sequences.Length).Select(place => (long)(place % Length)).ToArray(), [batch, Length]),
            _ => OrtValue.CreateAllocatedTensorValue(
                OrtAllocator.DefaultInstance, session.InputMetadata[name].ElementDataType, [batch, 2, 0, 32]),
        });
        using var options = new RunOptions();
        using var results = session.Run(options, fed, ["logits"]);
        foreach (var value in fed.Values)
            value.Dispose();
        return isHalf
            ? [.. results[0].GetTensorDataAsSpan<Float16>().ToArray().Select(logit => logit.ToFloat())]
            : results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>How far the distributions of the next token are from those of the float model, on average over all places.</summary>
    internal static double Divergence(float[] expected, float[] found)
    {
        var sum = 0.0;
        for (var first = 0; first < expected.Length; first += Tokens)
        {
            var (p, q) = (LogProbabilities(expected.AsSpan(first, Tokens)), LogProbabilities(found.AsSpan(first, Tokens)));
            for (var token = 0; token < Tokens; token++)
                sum += Math.Exp(p[token]) * (p[token] - q[token]);
        }

        return sum * Tokens / expected.Length;
    }

    private static double[] LogProbabilities(ReadOnlySpan<float> logits)
    {
        double largest = float.NegativeInfinity, sum = 0;
        foreach (var logit in logits)
            largest = Math.Max(largest, logit);
        foreach (var logit in logits)
            sum += Math.Exp(logit - largest);
        var log = Math.Log(sum) + largest;
        return [.. logits.ToArray().Select(logit => logit - log)];
    }

    private static long[] Sequences(string name)
    {
        using var archive = ZipFile.OpenRead(Shared.Model("decoder/tokens.npz"));
        using var bytes = new MemoryStream();
        using (var entry = archive.GetEntry($"{name}.npy")!.Open())
            entry.CopyTo(bytes);
        var file = bytes.ToArray();
        var header = 10 + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        return MemoryMarshal.Cast<byte, long>(file.AsSpan(header)).ToArray();
    }
}
