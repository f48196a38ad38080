using System.Globalization;
using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Vectors;

namespace Shell.Tests.Vectors;

/// <summary>Reads a folder of vectors as a test bench does.</summary>
internal static class VectorFolder
{
    /// <summary>The numbers of a file, from either format.</summary>
    internal static long[] Read(string folder, VectorManifest manifest, string role)
    {
        var entry = manifest.Files.Single(file => file.Role == role);
        var path = Path.Combine(folder, entry.File);
        return entry.File.EndsWith(".hex", StringComparison.Ordinal)
            ? [.. File.ReadLines(path).Where(line => !line.StartsWith("//", StringComparison.Ordinal)).Select(word => Signed(word, entry.Bits))]
            : Array(path);
    }

    /// <summary>Where a kernel position reads the input for an output place; null in padding and holes.</summary>
    internal static int[]? InputOf(Geometry geometry, int[] output, int[] kernel, int[] sizes)
    {
        var place = new int[output.Length];
        for (var axis = 0; axis < place.Length; axis++)
        {
            var (stride, offset) = (geometry.Strides[axis], kernel[axis] * geometry.Dilations[axis]);
            if (!geometry.IsTransposed)
            {
                place[axis] = (output[axis] * stride) + offset - geometry.Pads[axis];
            }
            else
            {
                // an input spreads to stride·place + offset − padding
                var candidates = Enumerable.Range(0, sizes[axis])
                    .Where(input => (input * stride) + offset - geometry.Pads[axis] == output[axis])
                    .ToList();
                place[axis] = candidates.Count == 1 ? candidates[0] : -1;
            }

            if (place[axis] < 0 || place[axis] >= sizes[axis])
                return null;
        }

        return place;
    }

    private static long Signed(string word, int bits)
    {
        var value = ulong.Parse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return unchecked((long)(value << (64 - bits)) >> (64 - bits));
    }

    // without the library's readers, which may share a fault with its writer
    private static long[] Array(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var start = 10 + BitConverter.ToUInt16(bytes, 8);
        var size = System.Text.Encoding.ASCII.GetString(bytes, 10, start - 10).Split("'descr': '")[1][2] - '0';
        return [.. Enumerable.Range(0, (bytes.Length - start) / size).Select(i => size switch
        {
            1 => unchecked((sbyte)bytes[start + i]),
            2 => BitConverter.ToInt16(bytes, start + (2 * i)),
            4 => BitConverter.ToInt32(bytes, start + (4 * i)),
            _ => BitConverter.ToInt64(bytes, start + (8 * i)),
        })];
    }
}
