using QuantFunctional.Formats;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Formats;

/// <summary>What a killed process left in a folder goes with the next file that is written there, and nothing else does.</summary>
public sealed class LeftOverTests : IDisposable
{
    private const string Left = ".quantfn-0123456789abcdef0123456789abcdef";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_nobody_holds_is_removed()
    {
        _folder.Write(Left, "half a model"u8.ToArray());
        _folder.Write(".quantfn-ffffffffffffffffffffffffffffffff", []);
        Write("a");
        Assert.Equal(["a"], Names);
    }

    [Fact]
    public void Looking_whether_a_file_can_be_written_is_enough()
    {
        _folder.Write(Left, []);
        AtomicFile.Check(_folder.File("a"), overwrite: false);
        Assert.Empty(Names);
    }

    [Fact]
    public void What_somebody_holds_stays()
    {
        using (var held = TemporaryFile.Create(_folder.Path))
        {
            held.Stream.Write("half"u8);
            Write("a");
            Assert.Equal([Path.GetFileName(held.Path), "a"], Names);
            using (var reader = new FileStream(held.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
                Assert.Equal(held.Path, reader.Name);
            held.Stream.Write(" and half"u8);
            held.MoveTo(_folder.File("b"), overwrite: false);
        }

        Assert.Equal(["a", "b"], Names);
        Assert.Equal("half and half", File.ReadAllText(_folder.File("b")));
    }

    [Theory]
    [InlineData(".quantfn-")]
    [InlineData(".quantfn-notes")]
    [InlineData(".quantfn-0123456789abcdef0123456789abcdef.txt")]
    [InlineData(".quantfn-0123456789abcdef0123456789abcde")]
    [InlineData(".quantfn-0123456789ABCDEF0123456789ABCDEF")]
    [InlineData(".quantfn-{0123456-89ab-cdef-0123-456789abcd}")]
    [InlineData("quantfn-0123456789abcdef0123456789abcdef")]
    public void A_user_s_file_stays(string name)
    {
        _folder.Write(name, []);
        Write("a");
        Assert.Equal(new[] { name, "a" }.Order(StringComparer.Ordinal), Names);
    }

    [Fact]
    public void Links_and_folders_of_such_a_name_stay()
    {
        _folder.Write("mine", "content"u8.ToArray());
        File.CreateSymbolicLink(_folder.File(Left), _folder.File("mine"));
        Directory.CreateDirectory(_folder.File(".quantfn-ffffffffffffffffffffffffffffffff"));
        Write("a");
        Assert.Equal(4, Names.Count());
        Assert.Equal("content", File.ReadAllText(_folder.File("mine")));
    }

    [Fact]
    public void A_folder_that_was_being_filled_goes()
    {
        _folder.Write(Left, []);
        Directory.CreateDirectory(_folder.File(Left + ".new", "inside"));
        Write("a");
        Assert.Equal(["a"], Names);
    }

    [Fact]
    public void A_folder_that_was_replaced_goes_and_one_that_was_only_moved_aside_comes_back()
    {
        _folder.Write(Left, "vectors"u8.ToArray());
        Directory.CreateDirectory(_folder.File(Left + ".old"));
        _folder.Write(Path.Combine(Left + ".old", "old"), []);
        Directory.CreateDirectory(_folder.File(Left + ".new"));
        AtomicFile.Check(_folder.File("a"), overwrite: false);
        Assert.Equal(["vectors"], Names);
        Assert.True(File.Exists(_folder.File("vectors", "old")));

        _folder.Write(Left, "vectors"u8.ToArray());
        Directory.CreateDirectory(_folder.File(Left + ".old", "older"));
        AtomicFile.Check(_folder.File("a"), overwrite: false);
        Assert.Equal(["vectors"], Names);
        Assert.True(File.Exists(_folder.File("vectors", "old")));
    }

    [Fact]
    public void Files_that_belong_together_are_there_all_or_not_at_all()
    {
        _folder.Write("a", "old"u8.ToArray());
        var broken = new FileToWrite(_folder.File("b"), _ => throw new InvalidOperationException());
        Assert.Throws<InvalidOperationException>(() =>
            AtomicFile.Write([new(_folder.File("a"), stream => stream.Write("new"u8)), broken], overwrite: true));
        Assert.Equal("old", File.ReadAllText(_folder.File("a")));
        Assert.Equal(["a"], Names);
    }

    private IEnumerable<string> Names => Directory.EnumerateFileSystemEntries(_folder.Path)
        .Select(path => Path.GetFileName(path))
        .Order(StringComparer.Ordinal);

    private void Write(string name) => AtomicFile.Write(_folder.File(name), stream => stream.Write("new"u8), overwrite: false);
}
