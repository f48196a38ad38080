using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using QuantFunctional.Cli;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>Tables are as wide as the place they are read in.</summary>
public sealed class WidthTests
{
    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(200)]
    public void A_table_fits_and_says_what_it_says_without_a_limit(int width)
    {
        var columns = Columns(("l", "Layer"), ("l", "Operator"), ("r", "Channels"), ("r", "Steps\nraised by"), ("l", "Why"));
        var rows = Enumerable.Range(0, 5).Select(row => new[]
        {
            $"/model/decoder/layers.{row}/attention/query/MatMul", "MatMul", $"{row + 1}", "1.02, max 1.53",
            $"the reason of row {row}, which is long enough for more than one line of any table that anybody reads",
        }).ToArray();

        var lines = Lines(width, columns, rows);

        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        var same = "In every row: Operator MatMul; Steps raised by 1.02, max 1.53.";
        var apart = "Layer Channels Why" + string.Concat(rows.Select(row => row[0] + row[2] + row[4])) + same;
        var whole = Lines(null, columns, rows);
        var fits = whole.Max(line => line.Length) <= width;
        Assert.Equal(Letters(fits ? string.Concat(whole) : apart), Letters(string.Concat(lines)));
        if (!fits)
            Assert.Contains(same, string.Join(' ', lines.Select(line => line.Trim())), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_width_and_where_there_is_room_a_row_is_a_line()
    {
        var columns = Columns(("l", "Name"), ("r", "Number"));
        string[][] rows = [["a", "1"], ["b", "1"]];

        Assert.Equal(["Name  Number", "----  ------", "a          1", "b          1"], Lines(null, columns, rows));
        Assert.Equal(Lines(null, columns, rows), Lines(60, columns, rows));
    }

    [Theory]
    [InlineData("60", 60)]
    [InlineData("12", 60)]
    [InlineData("90", 90)]
    public async Task COLUMNS_says_how_wide_the_tables_are(string columns, int width)
    {
        var environment = new Dictionary<string, string> { ["COLUMNS"] = columns };

        var narrow = (await Quantfn.RunAsync(environment, "profiles")).Done();
        var usual = (await Quantfn.RunAsync("profiles")).Done();

        Assert.All(narrow.Split('\n'), line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(usual.Split('\n'), line => line.Length > 90);
    }

    [Fact]
    public async Task COLUMNS_that_are_no_number_change_nothing() =>
        Assert.Equal(
            (await Quantfn.RunAsync("profiles")).Done(),
            (await Quantfn.RunAsync(new Dictionary<string, string> { ["COLUMNS"] = "wide" }, "profiles")).Done());

    // in any order, without the line below the headings
    private static string Letters(string text) =>
        string.Concat(text.Where(letter => !char.IsWhiteSpace(letter) && letter != '-').Order());

    private static FSharpList<TextTable.Column> Columns(params (string Side, string Heading)[] columns) =>
        ListModule.OfSeq(columns.Select(column =>
            column.Side == "l" ? TextTable.Column.NewLeft(column.Heading) : TextTable.Column.NewRight(column.Heading)));

    private static List<string> Lines(int? width, FSharpList<TextTable.Column> columns, string[][] rows) =>
        [.. TextTable.lines(
            width is { } some ? FSharpOption<int>.Some(some) : FSharpOption<int>.None,
            columns,
            ListModule.OfSeq(rows.Select(row => ListModule.OfSeq(row))))];
}
