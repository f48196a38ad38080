using System.IO.Compression;
using System.Text;
using QuantFunctional;
using QuantFunctional.Formats;
using Xunit;

namespace Shell.Tests.Support;

/// <summary>Makes .npy and .npz files, sound and damaged ones.</summary>
internal static class Npy
{
    /// <summary>The bytes of a sound .npy file.</summary>
    internal static byte[] Of<T>(T[] elements, params long[] shape)
        where T : unmanaged
    {
        using var stream = new MemoryStream();
        NpyWriter.Write<T>(stream, elements, shape);
        return stream.ToArray();
    }

    /// <summary>The bytes of a .npy file with any header and data.</summary>
    internal static byte[] WithHeader(string header, byte[] data, byte version = 1)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(header);
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }

    /// <summary>The dictionary of a header.</summary>
    internal static string Header(string descr, string shape, string fortran = "False") =>
        $"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n";

    /// <summary>Writes an archive of .npy files.</summary>
    internal static void Archive(string path, params (string Name, byte[] Bytes)[] arrays)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in arrays)
        {
            using var stream = archive.CreateEntry(name + ".npy").Open();
            stream.Write(bytes);
        }
    }

    /// <summary>All elements of an array, sample by sample.</summary>
    internal static T[] ReadAll<T>(string path, string name)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        using var reader = ArrayFile.Open(path).OpenArray(name);
        var all = new List<T>();
        var sample = new T[reader.Info.SampleLength];
        while (reader.TryRead<T>(sample))
            all.AddRange(sample);
        return [.. all];
    }

    /// <summary>Asserts that an action is refused as bad input, and that the message says each of some words.</summary>
    internal static void AssertBadInput(Action action, params string[] words)
    {
        var refusal = Assert.Throws<QuantException>(action);
        Assert.Equal(FaultKind.BadInput, refusal.Kind);
        foreach (var word in words)
            Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
    }
}
