using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Documents;

/// <summary>What is written reads back as the same plan, and is written again as the same bytes.</summary>
public sealed class RoundTripTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void P15_a_plan_reads_back_as_it_was_written_and_is_written_again_as_the_same_bytes(bool inline)
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (folder.File("a", "plan.json"), folder.File("b", "plan.json"));
        Directory.CreateDirectory(folder.File("a"));
        Directory.CreateDirectory(folder.File("b"));
        foreach (var plan in RandomLayers.Plans(seed: 15, count: 300))
        {
            var document = new PlanDocument { Layers = [new NamedPlan("layer", null, plan)] };
            PlanFile.Write(first, document, overwrite: true, inline);
            var read = PlanFile.Read(first);
            Assert.Equal(plan, read.Layers[0].Plan);
            Assert.Equal(document, read);

            PlanFile.Write(second, read, overwrite: true, inline);
            Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
            Assert.Equal(!inline, File.Exists(PlanFile.ArraysPath(second)));
            if (!inline)
                Assert.Equal(File.ReadAllBytes(PlanFile.ArraysPath(first)), File.ReadAllBytes(PlanFile.ArraysPath(second)));
        }
    }
}
