using System.Globalization;
using QuantFunctional.Formats;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Formats;

/// <summary>What is wrong with the header of a .npy file is told in words, and where.</summary>
public sealed class NpyHeaderFaultTests : IDisposable
{
    private const string Good = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x", "no `{` at character 0")]
    [InlineData("{}", "no field `descr` at character 2")]
    [InlineData("{'descr': '|u1'}", "no field `fortran_order` at character 16")]
    [InlineData("{'descr': '|u1', 'fortran_order': True}", "no field `shape` at character 39")]
    [InlineData("{'descr': '|u1' 'fortran_order': True}", "no `}` at character 16")]
    [InlineData("{'descr' '|u1'}", "no `:` at character 9")]
    [InlineData("{'descr': '|u1'} x", "text after the closing brace at character 17")]
    [InlineData("{descr: '|u1'}", "no quoted text at character 1")]
    [InlineData("{'descr: 1}", "a text without its end at character 2")]
    [InlineData("{'descr': \"|u1'}", "a text without its end at character 11")]
    [InlineData("{'de\\x': 1}", "a backslash at character 2")]
    [InlineData("{'more': 1}", "an unknown or repeated field `more` at character 8")]
    [InlineData("{'descr': '|u1', 'descr': '|u1'}", "an unknown or repeated field `descr` at character 25")]
    [InlineData("{'shape': (1,), 'shape': (1,)}", "an unknown or repeated field `shape` at character 24")]
    [InlineData("{'fortran_order': True, 'fortran_order': True}", "an unknown or repeated field `fortran_order` at character 40")]
    [InlineData("{'descr': [('x', '<f4')", "a list without its end at character 23")]
    [InlineData("{'fortran_order': true}", "neither True nor False at character 18")]
    [InlineData("{'shape': 2}", "no `(` at character 10")]
    [InlineData("{'shape': (2)}", "a shape that is no tuple at character 12")]
    [InlineData("{'shape': (2, 3}", "no `)` at character 15")]
    [InlineData("{'shape': (-2,)}", "no length of an axis at character 11")]
    [InlineData("{'shape': (9223372036854775808,)}", "a length that no file can hold at character 30")]
    public void A_damaged_dictionary_is_told_by_what_is_found_where(string header, string fault) =>
        Refused(Npy.WithHeader(header, [7, 8]), $"a damaged .npy header: {fault}.");

    [Fact]
    public void A_shape_has_64_axes_at_most()
    {
        string Shape(int axes) => $"({string.Concat(Enumerable.Repeat("1, ", axes - 1))}2,)";
        Assert.Equal([7, 8], Read(Npy.WithHeader(Npy.Header("|u1", Shape(64)), [7, 8])));
        Refused(Npy.WithHeader(Npy.Header("|u1", Shape(65)), [7, 8]), "more than 64 axes");
    }

    [Fact]
    public void A_header_has_65535_bytes_at_most()
    {
        Assert.Equal([7, 8], Read(Npy.WithHeader(Good.PadRight(65535), [7, 8], version: 2)));
        Refused(Npy.WithHeader(Good.PadRight(65536), [7, 8], version: 2), "a header of 65536 bytes in");
    }

    [Fact]
    public void A_header_may_take_the_whole_file_and_no_byte_more()
    {
        var empty = Npy.WithHeader(Npy.Header("|u1", "(0, 3)"), []);
        Assert.Empty(Read(empty));
        Refused(empty[..^1], "the file is truncated or damaged");
        Refused([.. empty[..9]], "ends within its header; the file is truncated");
    }

    [Fact]
    public void A_file_that_ends_within_its_mark_or_holds_less_than_it_is_said_to_is_refused()
    {
        var whole = Npy.WithHeader(Good, [7, 8]);
        Refused(whole[..7], "it does not begin with its mark");
        using var cut = new MemoryStream(whole[..30]);
        Npy.AssertBadInput(
            () => NpyHeader.Read(cut, whole.Length, "a.npz", "a"), "array `a` ends within its header; the file is truncated");
    }

    [Fact]
    public void Each_byte_of_the_mark_counts_and_versions_end_at_3()
    {
        var whole = Npy.WithHeader(Good, [7, 8]);
        for (var i = 0; i < 6; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 1;
            var archive = _folder.File($"{i}.npz");
            Npy.Archive(archive, ("a", changed));
            Npy.AssertBadInput(
                () => Npy.ReadAll<int>(archive, "a"),
                archive,
                "array `a` is not in NumPy's .npy format: it does not begin with its mark");
        }

        foreach (byte version in new byte[] { 0, 4 })
        {
            byte[] changed = [.. whole];
            changed[6] = version;
            Refused(changed, $"has .npy version {version.ToString(CultureInfo.InvariantCulture)}; versions 1, 2 and 3 are read");
        }
    }

    [Fact]
    public void Text_is_UTF_8_from_version_3_on_and_Latin_1_before()
    {
        Refused(Npy.WithHeader("{'Ã¼': 1}", [7, 8], version: 3), "field `Ã¼`");
        Refused(Npy.WithHeader("{'ü': 1}", [7, 8], version: 3), "field `ü`");
        Refused(Npy.WithHeader("{'ü': 1}", [7, 8], version: 2), "field `Ã¼`");
    }

    [Theory]
    [InlineData("(3,)", "declares shape [3] of uint8, 3 bytes, but the file holds 2; it is truncated or damaged")]
    [InlineData("(1,)", "declares shape [1] of uint8, 1 bytes, but the file holds 2; it is followed by something else or damaged")]
    [InlineData("(4294967296, 4294967296)", "declares shape [4294967296, 4294967296], which no file can hold")]
    public void A_shape_is_told_with_what_the_file_holds(string shape, string fault) =>
        Refused(Npy.WithHeader(Npy.Header("|u1", shape), [7, 8]), fault);

    [Fact]
    public void A_type_that_is_not_read_is_told_in_60_characters()
    {
        string Header(string descr) => Npy.Header(descr, "(2,)");
        Refused(Npy.WithHeader(Header(new string('x', 60)), [7, 8]), $"element type `{new string('x', 60)}`; bool, integers");
        Refused(Npy.WithHeader(Header(new string('x', 61)), [7, 8]), $"element type `{new string('x', 60)}…`; bool, integers");
        Refused(Npy.WithHeader(Header(""), [7, 8]), "element type ``; bool, integers and floats of 16 to 64 bits are read: convert it with numpy's astype");
    }

    private int[] Read(byte[] bytes) => [.. Npy.ReadAll<int>(_folder.Write("a.npy", bytes), "a")];

    private void Refused(byte[] bytes, string fault) => Npy.AssertBadInput(() => Read(bytes), "a.npy", fault);
}
