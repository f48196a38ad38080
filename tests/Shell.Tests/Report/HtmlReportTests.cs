using System.Text.Json;
using System.Text.RegularExpressions;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Report;

/// <summary>The page: the same bytes, nothing from elsewhere, nothing of a file that becomes markup.</summary>
[Collection(nameof(SamplePage))]
public sealed class HtmlReportTests(SamplePage sample) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_same_quantization_gives_the_same_bytes_and_they_are_few()
    {
        var (one, other) = (sample.Path, await Pages.OfSampleAsync(_folder, "other.html"));

        var bytes = await File.ReadAllBytesAsync(one);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(other));
        Assert.InRange(bytes.Length, 3_000_000, 4_000_000);
        Assert.Single(Regex.Matches(await File.ReadAllTextAsync(one), @"plotly\.js v\d"));
    }

    [Fact]
    public void It_shows_every_part_and_asks_no_address_for_anything()
    {
        var own = Pages.Own(sample.Path);

        string[] parts =
        [
            "fashion.onnx", "ranges by auto", "Quality before and after", "94.30 %", "94.40 %", "Where the error comes from", "Values and ranges", "logits",
            "Weights before and after", "What was chosen by measurement", "Layers with corrected biases", "multiplied by powers of two", "rounded by second moments", "What stayed in float", "Retries and head room", "What each processor computes", "WebAssembly",
            "from release 1.11", "Warnings", "32 held-back samples", "All 25 roundings", "worst 12 of 15", "worst 6 of 10",
        ];
        Assert.All(parts, part => Assert.Contains(part, own, StringComparison.Ordinal));
        Assert.Contains("default-src 'none'", System.Net.WebUtility.HtmlDecode(own), StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?i)https?://|src=|url\(|@import|<link(?! rel=""icon"" href=""data:,"")", own);
        Assert.Equal(1 + 12 + 6, Regex.Count(own, "<figure "));
        Assert.All(
            Regex.Matches(own, "<script type=\"application/json\">(.*?)</script>").ToList(),
            data => Assert.NotEqual(0, JsonDocument.Parse(data.Groups[1].Value).RootElement.GetProperty("data").GetArrayLength()));
        var ids = Regex.Matches(own, " id=\"([^\"]+)\"").Select(id => id.Groups[1].Value).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(Regex.Matches(own, "href=\"#([^\"]+)\"").ToList(), link => Assert.Contains(link.Groups[1].Value, ids));
    }

    [Fact]
    public async Task Names_of_a_file_are_text_wherever_they_stand()
    {
        var own = Pages.Own(await Pages.OfHostileAsync(_folder));

        Assert.Contains("&lt;img src=x onerror=alert(1)&gt;", own, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", own, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Regex.Count(own, "<script"), Regex.Count(own, "</script>"));
    }

    [Fact]
    public async Task A_report_is_refused_where_it_would_replace_something()
    {
        var page = _folder.File("page.html");
        await File.WriteAllTextAsync(page, "mine");
        (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", _folder.File("o.onnx"), "--report", page))).IsBadInput("page.html: exists already");
        Assert.Equal("mine", await File.ReadAllTextAsync(page));
        Assert.False(File.Exists(_folder.File("o.onnx")));

        var same = _folder.File("same");
        (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", same, "--report", same))).IsBadInput("cannot be one file", "--report");
        (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", same, "--report", Quantfn.Sample("fashion.calibration.npz"), "--force")))
            .IsBadInput("this is an input", "--report");
        (await Quantfn.RunAsync("quantize", Quantfn.Sample("fashion.onnx"), "--weight-only", "int8", "--report", _folder.File("new.html")))
            .IsBadInput("--report does not go with --weight-only");
    }

    [Fact]
    public async Task The_command_writes_it_and_says_where()
    {
        var page = _folder.File("page.html");
        await File.WriteAllTextAsync(page, "old");
        var text = (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", _folder.File("o.onnx"), "--report", page, "--force", "--preset", "fast"))).Done();

        Assert.Contains($"Report     {page}\n", text, StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
    }
}
