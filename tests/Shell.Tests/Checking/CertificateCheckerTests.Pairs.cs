using System.Text.Json;
using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Checking;
using QuantFunctional.Documents;
using Shell.Tests.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Checking;

public sealed partial class CertificateCheckerTests
{
    [Fact]
    public void A_pair_that_is_hidden_moved_or_made_up_is_disputed()
    {
        var document = new PlanDocument { Layers = [new NamedPlan("layer", "Gemm", PlantedPlan.OnPairs())] };
        var layers = CheckedLayers.Of(document);
        var honest = layers.Certify();
        var layer = honest.Layers[0];
        var pair = layer.Violations.First(violation => violation.Kind == "pair-overflow");
        Assert.Empty(CertificateChecker.Disputes(honest, layers));

        // the weights are moved by one place, so that no neighbours are left
        int[] moved = [pair.Witness![^1], .. pair.Witness.SkipLast(1)];
        LayerCertificateReport[] lies =
        [
            layer with { Violations = [.. layer.Violations.Where(violation => violation != pair)] },
            layer with { Violations = [.. layer.Violations.Where(violation => violation.Kind != "pair-overflow")], Passed = true },
            layer with { Violations = [.. layer.Violations.Select(v => v == pair ? pair with { Witness = moved } : v)] },
            layer with { Violations = [.. layer.Violations, pair] },
            layer with { Products = "in-full" },
            layer with { Profile = "onnxruntime-vnni" },
            layer with { ErrorBounds = [.. Enumerable.Repeat(1.0, layer.Channels)] },
        ];
        foreach (var lie in lies)
        {
            var certificate = honest with { Layers = [lie], Passed = lie.Passed };
            Assert.NotEmpty(CertificateChecker.Disputes(certificate, layers));
        }

        // what is true of it on one processor is not of it on another
        Assert.NotEmpty(CertificateChecker.Disputes(layers.On(Profiles.OnnxRuntimeVnni).Certify(), layers));
    }

    [Fact]
    public void Integers_are_moved_to_the_processors_of_one_engine_alone()
    {
        var document = new PlanDocument { Layers = [new NamedPlan("conv1", "Gemm", PlantedPlan.OnPairs())] };
        var layers = CheckedLayers.Of(document);

        Assert.Null(layers.StrangerTo(Profiles.OnnxRuntimeArm64));
        Assert.Equal("conv1", layers.StrangerTo(Profiles.Tflite)!.Name);
        Assert.Contains("layer conv1 is planned for", Check.Refusal(() => layers.On(Profiles.Reference)), StringComparison.Ordinal);
    }
}
