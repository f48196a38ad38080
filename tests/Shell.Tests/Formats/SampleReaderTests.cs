using QuantFunctional.Formats;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Formats;

public class SampleReaderTests
{
    [Fact]
    public void Numbers_become_floats_by_rounding_to_nearest()
    {
        using var folder = new TemporaryFolder();
        folder.Write("i8.npy", Npy.Of([16777217L, -1, long.MaxValue], 3));
        folder.Write("f8.npy", Npy.Of([0.1, 1e300, -0.0], 3));
        folder.Write("f2.npy", Npy.Of([(Half)0.5f, Half.PositiveInfinity], 2));
        Assert.Equal([16777216f, -1, 9.223372e18f], Npy.ReadAll<float>(folder.Path, "i8"));
        Assert.Equal([0.1f, float.PositiveInfinity, -0f], Npy.ReadAll<float>(folder.Path, "f8"));
        Assert.Equal([0.5f, float.PositiveInfinity], Npy.ReadAll<float>(folder.Path, "f2"));
    }

    [Fact]
    public void An_integer_that_does_not_fit_is_refused_with_its_sample()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", Npy.Of([1L, 2, 3, 1L << 40], 2, 2));
        Npy.AssertBadInput(() => Npy.ReadAll<int>(path, "a"), "a.npy", "sample 1", "int32");
    }

    [Fact]
    public void Samples_come_one_by_one_and_are_counted()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.npy", Npy.Of([1f, 2, 3, 4, 5, 6], 3, 2));
        using var reader = ArrayFile.Open(folder.Path).OpenArray("a");
        var sample = new float[2];
        Assert.Equal(0, reader.Position);
        Assert.True(reader.TryRead<float>(sample));
        Assert.True(reader.TryRead<float>(sample));
        Assert.Equal([3f, 4], sample);
        Assert.Equal(2, reader.Position);
        Assert.True(reader.TryRead<float>(sample));
        Assert.False(reader.TryRead<float>(sample));
    }

    [Fact]
    public void Reading_takes_no_memory_that_grows_with_the_samples()
    {
        using var folder = new TemporaryFolder();
        Npy.Archive(folder.File("a.npz"), ("x", Npy.Of(new byte[4_000_000], 4000, 1000)));
        using var reader = ArrayFile.Open(folder.File("a.npz")).OpenArray("x");
        var sample = new float[1000];
        reader.TryRead<float>(sample);
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (reader.TryRead<float>(sample))
        {
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }
}
