using System.Text;
using QuantFunctional.Onnx;
using QuantFunctional.Report;
using Shell.Tests.Support;

namespace Shell.Tests.Report;

/// <summary>Reports of small networks.</summary>
internal static class Pages
{
    /// <summary>A name that would be markup, would end a script, and would run.</summary>
    internal const string Hostile = "</script><img src=x onerror=alert(1)>\"'&<b>";

    /// <summary>Quantizes the sample with a page at a path.</summary>
    internal static async Task<string> OfSampleAsync(TemporaryFolder folder, string page)
    {
        var path = folder.File(page);
        await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = Quantfn.Sample("fashion.onnx"),
            Calibration = Quantfn.Sample("fashion.calibration.npz"),
            Comparison = Quantfn.Sample("fashion.test.npz"),
            OutputPath = folder.File(page + ".onnx"),
            Report = HtmlReport.File(path),
        });
        return path;
    }

    /// <summary>Quantizes a network in which every name is hostile.</summary>
    internal static async Task<string> OfHostileAsync(TemporaryFolder folder)
    {
        string[] names = [.. "xcwyzwv".Select((letter, i) => $"{letter}{i}{Hostile}")];
        var model = new ModelBuilder().Input(names[0], -1, 8).Random(names[1], 8, 6).Random(names[2], 6, 4)
            .Node("MatMul", [names[0], names[1]], names[3], node => node.Name = "first" + Hostile)
            .Node("MatMul", [names[3], names[2]], names[4], node => node.Name = "second" + Hostile)
            .Node("Softsign", [names[4]], names[5], node => node.Name = "in float" + Hostile)
            .Output(names[5], -1, 4).Build();
        var path = folder.File("hostile.html");
        var samples = Samples.Random(model, 16).Items.SelectMany(sample => sample[names[0]].Values).ToArray();
        await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = ModelSource.FromBytes(model.ToBytes(), "model" + Hostile),
            Calibration = folder.Write("samples.npy", Npy.Of(samples, 16, 8)),
            Report = HtmlReport.File(path),
        });
        return path;
    }

    /// <summary>A page without plotly.js, which is a library's and large.</summary>
    internal static string Own(string path)
    {
        var page = File.ReadAllText(path, Encoding.UTF8);
        var from = page.IndexOf("plotly.js v", StringComparison.Ordinal);
        var start = page.LastIndexOf("<script>", from, StringComparison.Ordinal);
        return page[..start] + page[(page.IndexOf("</script>", from, StringComparison.Ordinal) + "</script>".Length)..];
    }
}
