using QuantFunctional.Fuzz.Mutations;
using QuantFunctional.Fuzz.Readers;

namespace QuantFunctional.Fuzz;

/// <summary>One input of a reader: sound files, changed a few times.</summary>
internal static class Input
{
    /// <summary>The most bytes that a file has.</summary>
    internal const int MostBytes = 1_000_000;

    /// <summary>The files of a number, the same for the same seed.</summary>
    internal static InputFiles Of(Reader reader, long seed, long number)
    {
        var numbers = Numbers.Of(seed, reader.Name, number);
        var files = numbers.Of(reader.Seeds).Files.ToList();
        var changes = 1 + (numbers.OneIn(2) ? numbers.Below(4) : 0);
        for (var i = 0; i < changes; i++)
        {
            var at = numbers.OneIn(3) ? numbers.Below(files.Count) : 0;
            var (name, bytes) = files[at];
            var changed = Change(name, bytes, numbers);
            files[at] = (name, changed.Length > MostBytes ? changed[..MostBytes] : changed);
        }

        return new InputFiles(files);
    }

    private static byte[] Change(string name, byte[] bytes, Numbers numbers) => numbers.OneIn(5)
        ? ByteMutation.Apply(bytes, numbers)
        : Path.GetExtension(name) switch
        {
            ".json" => JsonMutation.Apply(bytes, numbers),
            ".onnx" => ProtoMutation.Apply(bytes, numbers),
            ".npy" => NpyMutation.Apply(bytes, numbers),
            ".npz" => ZipMutation.Apply(bytes, numbers),
            _ => ByteMutation.Apply(bytes, numbers),
        };
}
