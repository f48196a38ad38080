using System.Numerics;
using System.Runtime.InteropServices;
using NumSharp;
using QuantFunctional.Formats;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Formats;

/// <summary>What NumSharp writes we read, and what we write it reads.</summary>
public class NumSharpPeerTests
{
    public static TheoryData<ElementType> NumberTypes =>
        [.. Enum.GetValues<ElementType>().Where(type => type != ElementType.Bool)];

    [Theory]
    [MemberData(nameof(NumberTypes))]
    public void A_npy_of_NumSharp_is_read(ElementType type) => ForEach(type, new ReadsNpy());

    [Theory]
    [MemberData(nameof(NumberTypes))]
    public void A_npy_of_ours_is_read_by_NumSharp(ElementType type) => ForEach(type, new IsReadByNumSharp());

    [Theory]
    [MemberData(nameof(NumberTypes))]
    public void A_npz_of_NumSharp_is_read_stored_and_deflated(ElementType type) => ForEach(type, new ReadsNpz());

    [Fact]
    public void Truth_values_are_read_as_zeros_and_ones()
    {
        using var folder = new TemporaryFolder();
        bool[] truths = [true, false, true, true, false, false];
        np.save(folder.File("theirs.npy"), np.array(truths).reshape(2, 3));
        folder.Write("ours.npy", Npy.Of(truths, 2, 3));
        Assert.Equal([1f, 0, 1, 1, 0, 0], Npy.ReadAll<float>(folder.File("theirs.npy"), "theirs"));
        Assert.Equal([1L, 0, 1, 1, 0, 0], Npy.ReadAll<long>(folder.File("ours.npy"), "ours"));
        Assert.Equal(truths, np.load_npy(folder.File("ours.npy")).ToArray<bool>());
    }

    private static readonly long[][] ShapesToTry = [[1], [7], [0, 3], [5, 1], [4, 3, 2], [2, 3, 5, 7], [3, 50000]];

    private interface ICheck
    {
        void Run<T>(T[] elements, long[] shape, TemporaryFolder folder)
            where T : unmanaged, INumberBase<T>;
    }

    private sealed class ReadsNpy : ICheck
    {
        public void Run<T>(T[] elements, long[] shape, TemporaryFolder folder)
            where T : unmanaged, INumberBase<T>
        {
            np.save(folder.File("a.npy"), np.array(elements).reshape(shape));
            Check<T>(folder.File("a.npy"), "a", elements, shape);
        }
    }

    private sealed class IsReadByNumSharp : ICheck
    {
        public void Run<T>(T[] elements, long[] shape, TemporaryFolder folder)
            where T : unmanaged, INumberBase<T>
        {
            folder.Write("a.npy", Npy.Of(elements, shape));
            var read = np.load_npy(folder.File("a.npy"));
            Assert.Equal(shape, read.shape);
            Assert.Equal(typeof(T), read.dtype);
            Assert.Equal(Bytes(elements), Bytes(read.ToArray<T>()));
        }
    }

    private sealed class ReadsNpz : ICheck
    {
        public void Run<T>(T[] elements, long[] shape, TemporaryFolder folder)
            where T : unmanaged, INumberBase<T>
        {
            var arrays = new Dictionary<string, NDArray>
            {
                ["x"] = np.array(elements).reshape(shape),
                ["labels"] = np.array(new[] { 1, 2 }),
            };
            np.savez(folder.File("stored.npz"), arrays);
            np.savez_compressed(folder.File("deflated.npz"), arrays);
            foreach (var name in (string[])["stored.npz", "deflated.npz"])
            {
                Check<T>(folder.File(name), "x", elements, shape);
                Assert.Equal([1, 2], Npy.ReadAll<int>(folder.File(name), "labels"));
            }
        }
    }

    private static void Check<T>(string path, string name, T[] elements, long[] shape)
        where T : unmanaged, INumberBase<T>
    {
        using (var reader = ArrayFile.Open(path).OpenArray(name))
        {
            Assert.Equal(shape, reader.Info.Shape);
            Assert.Equal(ElementTypes.FromClr(typeof(T)), reader.Info.ElementType);
        }

        Assert.Equal(Bytes(elements), Bytes(Npy.ReadAll<T>(path, name)));
    }

    private static byte[] Bytes<T>(T[] elements)
        where T : unmanaged => MemoryMarshal.AsBytes(elements.AsSpan()).ToArray();

    private static void ForEach(ElementType type, ICheck check)
    {
        using var folder = new TemporaryFolder();
        foreach (var shape in ShapesToTry)
        {
            var count = (int)shape.Aggregate(1L, (product, axis) => product * axis);
            switch (type)
            {
                case ElementType.UInt8: check.Run(Random<byte>(count), shape, folder); break;
                case ElementType.UInt16: check.Run(Random<ushort>(count), shape, folder); break;
                case ElementType.UInt32: check.Run(Random<uint>(count), shape, folder); break;
                case ElementType.UInt64: check.Run(Random<ulong>(count), shape, folder); break;
                case ElementType.Int8: check.Run(Random<sbyte>(count), shape, folder); break;
                case ElementType.Int16: check.Run(Random<short>(count), shape, folder); break;
                case ElementType.Int32: check.Run(Random<int>(count), shape, folder); break;
                case ElementType.Int64: check.Run(Random<long>(count), shape, folder); break;
                case ElementType.Float16: check.Run(Random<Half>(count), shape, folder); break;
                case ElementType.Float32: check.Run(Random<float>(count), shape, folder); break;
                default: check.Run(Random<double>(count), shape, folder); break;
            }

            foreach (var file in Directory.EnumerateFiles(folder.Path).ToList())
                File.Delete(file);
        }
    }

    // any bit pattern: NaN, infinities and subnormals among the floats
    private static T[] Random<T>(int count)
        where T : unmanaged
    {
        var elements = new T[count];
        new Random(count).NextBytes(MemoryMarshal.AsBytes(elements.AsSpan()));
        return elements;
    }
}
