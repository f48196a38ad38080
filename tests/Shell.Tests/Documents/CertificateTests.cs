using QuantFunctional;
using QuantFunctional.Documents;
using Xunit;

namespace Shell.Tests.Documents;

/// <summary>What the library proves of plans, whoever made them.</summary>
public sealed class CertificateTests
{
    [Fact]
    public void Plans_of_all_precisions_and_profiles_pass()
    {
        var plans = RandomLayers.Plans(seed: 21, count: 200).ToList();

        var named = plans.Select((plan, i) => new NamedPlan($"layer {i}", null, plan));
        var document = new PlanDocument { Layers = [.. named] };
        var certificate = document.Certify();

        Assert.True(plans.Select(plan => plan.Precision.Name).Distinct().Count() >= 7);
        Assert.True(plans.Select(plan => plan.Request.Profile.Name).Distinct().Count() >= 7);
        Assert.All(certificate.Layers, layer => Assert.Empty(layer.Violations));
        Assert.All(certificate.Layers, layer => Assert.True(layer.ErrorBound?.Steps >= 0.5));
        Assert.True(certificate.Passed);
    }

    [Fact]
    public void The_hash_is_of_the_integers_alone()
    {
        var plans = RandomLayers.Plans(seed: 22, count: 20).ToList();
        var again = RandomLayers.Plans(seed: 22, count: 20).ToList();

        var hashes = plans.ConvertAll(plan => IntegersDigest.Of(plan.Integers));

        Assert.Equal(hashes, again.ConvertAll(plan => IntegersDigest.Of(plan.Integers)));
        Assert.Equal(hashes.Count, hashes.Distinct().Count());
        Assert.All(hashes, hash => Assert.Matches("^[0-9a-f]{64}$", hash));
    }
}
