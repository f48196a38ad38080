using QuantFunctional.Report;
using Shell.Tests.Support;
using Shell.Tests.Targets;
using Xunit;

namespace Shell.Tests.Report;

/// <summary>The page in a browser, light and dark: no error, and no plot without points.</summary>
[Collection(nameof(SamplePage))]
public sealed class BrowserTests(SamplePage sample) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BrowserFact]
    public async Task Every_plot_has_points_light_and_dark()
    {
        foreach (var (dark, ink) in new[] { (false, "rgb(28, 33, 40)"), (true, "rgb(228, 232, 236)") })
        {
            var browser = await Browser.OpenAsync(sample.Path, dark);

            Assert.Empty(browser.Console);
            Assert.Contains("data-plots=\"19\"", browser.Document, StringComparison.Ordinal);
            Assert.Equal(19, browser.Points.Count);
            Assert.All(browser.Points, plot => Assert.True(plot.Points > 2, $"{plot.Plot} has {plot.Points} points"));
            Assert.Contains($"fill: {ink}", browser.Document, StringComparison.Ordinal);
        }
    }

    [BrowserFact]
    public async Task A_search_for_a_target_shows_every_network_and_those_that_nothing_beats()
    {
        using var network = new WideTensor();
        var page = network.Folder.File("page.html");
        var target = network.Quantized(network.Request(30) with { Report = HtmlReport.File(page) }).Target!;

        var browser = await Browser.OpenAsync(page, dark: false);

        Assert.Empty(browser.Console);
        // the result is among those that were tried, and is shown once more
        Assert.Equal(target.Evaluations.Count + 1, browser.Points.Single(plot => plot.Plot == "plot-frontier").Points);
        Assert.Contains($"All {target.Evaluations.Count} networks", browser.Document, StringComparison.Ordinal);
        Assert.Contains("was met: the result reaches", browser.Document, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Names_of_a_file_do_nothing_in_a_browser()
    {
        var browser = await Browser.OpenAsync(await Pages.OfHostileAsync(_folder), dark: false);

        Assert.Empty(browser.Console);
        Assert.All(browser.Points, plot => Assert.True(plot.Points > 0, plot.Plot));
        Assert.DoesNotContain("<img", browser.Document[..browser.Document.IndexOf("plotly.js v", StringComparison.Ordinal)], StringComparison.Ordinal);
    }
}
