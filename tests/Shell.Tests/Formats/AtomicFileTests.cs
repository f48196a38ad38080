using QuantFunctional;
using QuantFunctional.Formats;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Formats;

public class AtomicFileTests
{
    [Fact]
    public void A_file_is_written_whole_and_alone()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder.File("a"), stream => stream.Write("one"u8), overwrite: false);
        Assert.Equal("one", File.ReadAllText(folder.File("a")));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void What_fails_leaves_nothing_and_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder.File("a"), stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }, overwrite: true));
        Assert.Equal("old", File.ReadAllText(folder.File("a")));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Files_that_belong_together_are_put_back_where_one_of_them_cannot_be_moved()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("data"), "old");

        Assert.Throws<QuantException>(() => AtomicFile.Write(
            [
                new(folder.File("data"), stream => stream.Write("new"u8)),
                new(folder.File("plan"), stream => stream.Write("new"u8)),
                // when all are whole, a folder is in the way of the last one
                new(folder.File("model"), _ => Directory.CreateDirectory(folder.File("model"))),
            ],
            overwrite: true));

        Assert.Equal("old", File.ReadAllText(folder.File("data")));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    [Fact]
    public void A_disk_that_fails_is_a_failure_not_bad_input()
    {
        using var folder = new TemporaryFolder();
        var fault = Assert.Throws<QuantException>(() =>
            AtomicFile.Write(folder.File("a"), _ => throw new IOException("disk full"), overwrite: false));
        Assert.Equal(FaultKind.Failed, fault.Kind);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_file_that_exists_is_replaced_only_when_told()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "old");
        Npy.AssertBadInput(() => Write(folder.File("a"), overwrite: false), folder.File("a"), "--force");
        Assert.Equal("old", File.ReadAllText(folder.File("a")));
        Write(folder.File("a"), overwrite: true);
        Assert.Equal("new", File.ReadAllText(folder.File("a")));
    }

    [Fact]
    public void A_missing_folder_and_a_folder_as_file_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var missing = folder.File("none");
        Npy.AssertBadInput(() => Write(Path.Combine(missing, "a"), overwrite: true), missing, "does not exist");
        Npy.AssertBadInput(() => Write(folder.Path, overwrite: true), folder.Path, "is a folder");
    }

    [Fact]
    public void Many_writers_of_one_file_all_succeed_and_one_of_them_wins_whole()
    {
        using var folder = new TemporaryFolder();
        var contents = Enumerable.Range(0, 16).Select(i => new string((char)('a' + i), 100_000)).ToArray();
        Parallel.ForEach(contents, content =>
        {
            for (var i = 0; i < 5; i++)
                AtomicFile.Write(folder.File("a"), s => s.Write(System.Text.Encoding.ASCII.GetBytes(content)), true);
        });
        Assert.Contains(File.ReadAllText(folder.File("a")), contents);
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static void Write(string path, bool overwrite) =>
        AtomicFile.Write(path, stream => stream.Write("new"u8), overwrite);
}
