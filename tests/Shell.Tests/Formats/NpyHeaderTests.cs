using System.Buffers.Binary;
using QuantFunctional.Formats;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Formats;

public class NpyHeaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Versions_1_2_and_3_are_read(byte version)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", Npy.WithHeader(Npy.Header("<i2", "(3,)"), [1, 0, 2, 0, 255, 255], version));
        Assert.Equal([1, 2, -1], Npy.ReadAll<int>(path, "a"));
    }

    [Fact]
    public void Big_endian_elements_are_turned_round()
    {
        using var folder = new TemporaryFolder();
        var two = new byte[2];
        BinaryPrimitives.WriteInt16BigEndian(two, -300);
        var four = new byte[4];
        BinaryPrimitives.WriteSingleBigEndian(four, 0.1f);
        var eight = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(eight, -0.1);
        folder.Write("i2.npy", Npy.WithHeader(Npy.Header(">i2", "(1,)"), two));
        folder.Write("f4.npy", Npy.WithHeader(Npy.Header(">f4", "(1,)"), four));
        folder.Write("f8.npy", Npy.WithHeader(Npy.Header(">f8", "(1, 1)"), eight));
        Assert.Equal([-300f], Npy.ReadAll<float>(folder.Path, "i2"));
        Assert.Equal([0.1f], Npy.ReadAll<float>(folder.Path, "f4"));
        Assert.Equal([-0.1], Npy.ReadAll<double>(folder.Path, "f8"));
    }

    [Theory]
    [InlineData("{\"shape\": (2,), \"fortran_order\": False, \"descr\": \"|u1\"}")]
    [InlineData("{'descr': '|u1', 'fortran_order': True, 'shape': (2L,), }           \n")]
    [InlineData(" { 'descr' : '<u1' , 'fortran_order' : False , 'shape' : ( 2 , 1 ) } ")]
    public void Other_spellings_of_the_dictionary_are_read(string header)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", Npy.WithHeader(header, [7, 8]));
        Assert.Equal([7, 8], Npy.ReadAll<int>(path, "a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)} x")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2)}")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (-2,)}")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2.0,)}")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}")]
    [InlineData("{'descr': '|u1', 'fortran_order': 0, 'shape': (2,)}")]
    [InlineData("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2,)}")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'more': 1}")]
    [InlineData("{'descr': '\\x7cu1', 'fortran_order': False, 'shape': (2,)}")]
    [InlineData("{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,)}")]
    public void A_damaged_dictionary_is_refused(string header)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", Npy.WithHeader(header, [7, 8]));
        Npy.AssertBadInput(() => Npy.ReadAll<int>(path, "a"), "a.npy", "array `a`", "header");
    }

    [Theory]
    [InlineData("'<U8'", "<U8")]
    [InlineData("'|O'", "|O")]
    [InlineData("'<c8'", "<c8")]
    [InlineData("'<f16'", "<f16")]
    [InlineData("'|u4'", "|u4")]
    [InlineData("'<M8[ns]'", "<M8[ns]")]
    [InlineData("[('x', '<f4'), ('y', '<i4')]", "[('x', '<f4')")]
    public void Other_element_types_are_refused_by_name(string descr, string shown)
    {
        using var folder = new TemporaryFolder();
        var header = $"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}";
        var path = folder.Write("a.npy", Npy.WithHeader(header, new byte[32]));
        Npy.AssertBadInput(() => Npy.ReadAll<int>(path, "a"), "a.npy", "array `a`", shown);
    }

    [Fact]
    public void Fortran_order_is_refused_with_the_remedy()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", Npy.WithHeader(Npy.Header("|u1", "(1, 2)", "True"), [1, 2]));
        Npy.AssertBadInput(() => Npy.ReadAll<int>(path, "a"), "a.npy", "ascontiguousarray");
    }

    [Theory]
    [InlineData("(1000000000000,)")]
    [InlineData("(4294967296, 4294967296)")]
    [InlineData("(4294967296, 4294967296, 0)")]
    [InlineData("(0, 4294967296, 4294967296)")]
    [InlineData("(1,)")]
    [InlineData("()")]
    public void A_shape_that_the_file_does_not_hold_is_refused_before_memory_is_taken(string shape)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", Npy.WithHeader(Npy.Header("<f8", shape), new byte[24]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Npy.AssertBadInput(() => Npy.ReadAll<double>(path, "a"), "a.npy", "array `a`", "shape [");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_header_longer_than_the_file_is_refused_before_memory_is_taken()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = [0x93, .. "NUMPY"u8, 2, 0, 0xff, 0xff, 0xff, 0x7f, (byte)'{'];
        var path = folder.Write("a.npy", bytes);
        Npy.AssertBadInput(() => Npy.ReadAll<double>(path, "a"), "a.npy", "2147483647");
    }

    [Fact]
    public void Every_truncation_of_a_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        var whole = Npy.Of([1f, 2, 3, 4], 2, 2);
        for (var length = 0; length < whole.Length; length++)
        {
            var path = folder.Write("a.npy", whole[..length]);
            Npy.AssertBadInput(() => Npy.ReadAll<float>(path, "a"), "a.npy");
        }
    }

    [Fact]
    public void A_shape_is_shown_the_same_in_messages_and_headers()
    {
        Assert.Equal("[]", Shapes.Text([]));
        Assert.Equal("[?, 3]", Shapes.Text([-1, 3]));
    }
}
