using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>Numbers of a document are read back as they were written, also those whose shortest form means another.</summary>
public sealed class ExactNumberTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task P15_a_plan_with_a_scale_of_2_to_the_minus_25_is_explained_verified_and_made_vectors_of()
    {
        float[] weights = [.. new[] { 127f, -64, 3, 5 }.Select(weight => MathF.ScaleB(weight, -12))];
        var (file, plan) = (_folder.Write("w.npy", Npy.Of(weights, 2, 2)), _folder.File("plan.json"));

        (await Quantfn.RunAsync(
            "plan", "--weight", file, "--layout", "OI", "--input-step", "9.5367431640625e-07", "--input-zero-point", "0",
            "--output-range=-0.9921875,0.9921875", "--symmetric-activations", "--per-tensor", "--precision", "sima-int8",
            "-o", plan)).Done();

        var scale = PlanFile.Read(plan).Layers[0].Plan.Plan.Requantization[0].Scale;
        Assert.Equal(Math.ScaleB(1, -25), scale);
        Assert.Contains("2.9802322387695312E-08", await File.ReadAllTextAsync(plan), StringComparison.Ordinal);
        (await Quantfn.RunAsync("explain", plan)).Done();
        (await Quantfn.RunAsync("verify", plan)).Done();
        (await Quantfn.RunAsync("vectors", plan, "-o", _folder.File("vectors"))).Done();
    }

    [Fact]
    public void P15_plans_of_every_power_of_two_that_a_step_can_be_are_read_back()
    {
        var path = _folder.File("plan.json");
        for (var exponent = -126; exponent <= 100; exponent++)
        {
            foreach (var precision in new[] { Precision.SimaInt8, Precision.TfliteInt8 })
            {
                var weight = MathF.ScaleB(127, -exponent / 2);
                var layer = LayerSpec.Product([weight, -weight / 2], 2, Math.ScaleB(1, exponent), 0, new RealRange(-127, 127));
                if (!layer.TryCreateLayer(out var made, out _)
                    || !Planner.TryPlan(made, new PlanOptions { Precision = precision, SymmetricActivations = true }, out var plan, out _))
                {
                    continue;
                }

                var document = new PlanDocument { Layers = [new NamedPlan("layer", null, plan)] };
                PlanFile.Write(path, document, overwrite: true);
                Assert.Equal(document, PlanFile.Read(path));
            }
        }
    }
}
