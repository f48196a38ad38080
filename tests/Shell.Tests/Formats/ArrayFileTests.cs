using System.IO.Compression;
using QuantFunctional.Formats;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Formats;

public class ArrayFileTests
{
    [Fact]
    public void A_folder_lists_its_npy_files_in_ordinal_order()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["b.npy", "B.npy", "a10.npy", "a9.npy", "note.txt"])
            folder.Write(name, Npy.Of([1], 1));
        Assert.Equal(["B", "a10", "a9", "b"], ArrayFile.Open(folder.Path).Names);
    }

    [Fact]
    public void A_file_is_known_by_its_first_bytes()
    {
        using var folder = new TemporaryFolder();
        Npy.Archive(folder.File("archive.data"), ("x", Npy.Of([1f, 2], 2)));
        folder.Write("array.data", Npy.Of([3f], 1));
        Assert.Equal([1f, 2], Npy.ReadAll<float>(folder.File("archive.data"), "x"));
        Assert.Equal([3f], Npy.ReadAll<float>(folder.File("array.data"), "array"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello, world")]
    [InlineData("PK and nothing more")]
    public void Another_file_is_refused(string content)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npz", System.Text.Encoding.ASCII.GetBytes(content));
        Npy.AssertBadInput(() => ArrayFile.Open(path), "a.npz");
    }

    [Fact]
    public void A_missing_file_is_refused_by_name() =>
        Npy.AssertBadInput(() => ArrayFile.Open("/nowhere/data.npz"), "/nowhere/data.npz", "no such file");

    [Fact]
    public void A_missing_array_is_refused_with_those_that_are_there()
    {
        using var folder = new TemporaryFolder();
        Npy.Archive(folder.File("a.npz"), ("x", Npy.Of([1], 1)), ("y", Npy.Of([1], 1)));
        Npy.AssertBadInput(() => ArrayFile.Open(folder.File("a.npz")).OpenArray("z"), "a.npz", "`z`", "`x`, `y`");
    }

    [Fact]
    public void Two_arrays_of_one_name_are_refused()
    {
        using var folder = new TemporaryFolder();
        Npy.Archive(folder.File("a.npz"), ("x", Npy.Of([1], 1)), ("x", Npy.Of([1], 1)));
        Npy.AssertBadInput(() => ArrayFile.Open(folder.File("a.npz")), "a.npz", "`x`");
    }

    [Fact]
    public void An_array_that_cannot_be_read_does_not_hinder_its_neighbours()
    {
        using var folder = new TemporaryFolder();
        var names = Npy.WithHeader(Npy.Header("<U3", "(1,)"), new byte[12]);
        Npy.Archive(folder.File("a.npz"), ("names", names), ("x", Npy.Of([5], 1)));
        Assert.Equal([5], Npy.ReadAll<int>(folder.File("a.npz"), "x"));
        Npy.AssertBadInput(() => Npy.ReadAll<int>(folder.File("a.npz"), "names"), "a.npz", "`names`", "<U3");
    }

    [Fact]
    public void Every_truncation_of_an_archive_is_refused_or_reads_as_it_was()
    {
        using var folder = new TemporaryFolder();
        Npy.Archive(folder.File("whole.npz"), ("x", Npy.Of(Enumerable.Range(0, 64).ToArray(), 8, 8)));
        var whole = File.ReadAllBytes(folder.File("whole.npz"));
        for (var length = 0; length < whole.Length; length++)
        {
            var path = folder.Write("a.npz", whole[..length]);
            Npy.AssertBadInput(() => Npy.ReadAll<int>(path, "x"), "a.npz");
        }
    }

    [Fact]
    public void A_length_in_the_directory_that_the_packed_bytes_do_not_fill_is_an_error()
    {
        using var folder = new TemporaryFolder();
        var declared = Npy.WithHeader(Npy.Header("|u1", "(2, 600)"), new byte[1200]);
        var held = declared[..^500];
        var path = folder.File("a.npz");
        Npy.Archive(path, ("x", held));
        Patch(path, held.Length, declared.Length);
        Npy.AssertBadInput(() => Npy.ReadAll<byte>(path, "x"), "a.npz", "`x`", "1200", "700");
    }

    [Fact]
    public void A_length_that_no_packed_bytes_can_hold_is_refused_before_memory_is_taken()
    {
        using var folder = new TemporaryFolder();
        var start = Npy.WithHeader(Npy.Header("|u1", "(1, 1000000000)"), []);
        var path = folder.File("a.npz");
        Npy.Archive(path, ("x", start));
        Patch(path, start.Length, start.Length + 1_000_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Npy.AssertBadInput(() => Npy.ReadAll<byte>(path, "x"), "a.npz", "`x`");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Damaged_packed_bytes_are_refused()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        var elements = Enumerable.Range(0, 4096).Select(i => i % 7).ToArray();
        Npy.Archive(folder.File("whole.npz"), ("x", Npy.Of(elements, 64, 64)));
        var whole = File.ReadAllBytes(folder.File("whole.npz"));
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
            var path = folder.Write("a.npz", damaged);
            try
            {
                Npy.ReadAll<int>(path, "x");
            }
            catch (QuantFunctional.QuantException refusal)
            {
                Assert.Contains("a.npz", refusal.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_few_bytes_that_unpack_to_a_sample_of_many_are_refused_before_any_is_held()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("bomb.npz");
        Npy.Archive(path, ("x", Npy.Of(new sbyte[40 << 20], 1, 40 << 20)), ("y", Npy.Of(new sbyte[40 << 20], 40, 1 << 20)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Npy.AssertBadInput(() => ArrayFile.Open(path).OpenArray("x"), path, "`x`", "numpy.savez,");
        using (var samples = ArrayFile.Open(path).OpenArray("y"))
            Npy.AssertBadInput(samples.TakeAsOneSample, path, "`y`", "numpy.savez,");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    // the uncompressed size in the archive's directory: its last header, at offset 24
    private static void Patch(string path, int was, int becomes)
    {
        var bytes = File.ReadAllBytes(path);
        var header = bytes.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x50, 0x4b, 0x01, 0x02]);
        Assert.Equal(was, BitConverter.ToInt32(bytes, header + 24));
        BitConverter.GetBytes(becomes).CopyTo(bytes, header + 24);
        File.WriteAllBytes(path, bytes);
    }
}
