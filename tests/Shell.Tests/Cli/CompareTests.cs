using System.Text.Json;
using System.Text.Json.Nodes;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

public sealed class CompareTests
{
    private static readonly string Model = Quantfn.Sample("fashion.onnx");

    [Fact]
    public async Task Json_has_exactly_the_documented_members_and_null_for_an_infinite_SQNR()
    {
        var report = (await Quantfn.RunAsync(
            "compare", Model, Model, "--data", Quantfn.Sample("fashion.test.npz"), "--json")).Out;

        const string Expected = """
            {
              "samples": 1000,
              "floatTop1": 0.943,
              "quantizedTop1": 0.943,
              "agreement": 1,
              "outputs": [
                {
                  "name": "logits",
                  "sqnrDb": null,
                  "cosine": 1,
                  "maxAbsError": 0,
                  "isConstant": false,
                  "agreement": 1,
                  "areWholeNumbers": false,
                  "equal": 1
                }
              ],
              "warnings": []
            }

            """;
        var found = JsonNode.Parse(report)!;
        Assert.True(found.AsObject().Remove("digest", out var digest));
        Assert.Matches("^[0-9a-f]{64}$", (string?)digest);
        var output = found["outputs"]![0]!.AsObject();
        Assert.True(output.Remove("parts", out var parts));
        Assert.Equal((1, 10, 0), ((int)parts!["axis"]!, parts["worstFirst"]!.AsArray().Count, parts["axesLeftOut"]!.AsArray().Count));
        Assert.Equal(
            """{"index":0,"sqnrDb":null,"cosine":1,"isConstant":false}""", parts["worstFirst"]![0]!.ToJsonString());
        Assert.Equal(JsonNode.Parse(Expected)!.ToJsonString(), found.ToJsonString());
        Assert.EndsWith("}\n", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_labels_top_1_is_null()
    {
        var report = (await Quantfn.RunAsync(
            "compare", Model, Model, "--json", "--data", Quantfn.Sample("fashion.calibration.npz"))).Json();

        Assert.Equal(256, report.GetProperty("samples").GetInt32());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("floatTop1").ValueKind);
        Assert.Equal(JsonValueKind.Null, report.GetProperty("quantizedTop1").ValueKind);
    }

    [Fact]
    public async Task Text_tells_top_1_agreement_and_each_output()
    {
        var data = $"--data={Quantfn.Sample("fashion.test.npz")}";

        var text = (await Quantfn.RunAsync("compare", Model, Model, data)).Done();

        const string Expected = """
            Samples    1,000
            Top-1      94.30 % float, 94.30 % quantized (0.00 points)
            Agreement  100.00 % (arg max of logits)

              Output  SQNR (dB)    Cosine  Largest error
              ------  ---------  --------  -------------
              logits      equal  1.000000              0

            """;
        Assert.Equal(Expected.ReplaceLineEndings("\n"), text.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Labels_that_are_not_there_are_bad_input() =>
        (await Quantfn.RunAsync(
            "compare", Model, Model, "--data", Quantfn.Sample("fashion.test.npz"), "--labels", "classes", "--json"))
            .IsBadInput("fashion.test.npz", "classes");
}
