using QuantFunctional.Checking;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Execution;

/// <summary>What is proven of products of two activations, as attention has them.</summary>
public class ActivationProductTests
{
    // 255 · 255 · 33,025 is the last multiple below 2^31
    [Theory]
    [InlineData(16, true)]
    [InlineData(33_025, true)]
    [InlineData(33_026, false)]
    public void An_int32_sum_holds_33025_products_of_whole_bytes(long terms, bool passes)
    {
        var model = IntegerModel.Load(Product(terms).Build());
        var certificate = model.Certify();

        var product = Assert.Single(certificate.ActivationProducts!);
        Assert.Equal((terms, 33_025, passes), (product.Terms, product.MostTerms, product.Passed));
        Assert.Equal(passes, certificate.Passed);
        Assert.Empty(CertificateChecker.Disputes(certificate, model.ToChecked()));
        Assert.Empty(CertificateChecker.NotCovered(certificate, model.ToChecked()));
    }

    [Fact]
    public void A_zero_point_in_the_middle_leaves_room_for_four_times_as_many()
    {
        var product = Assert.Single(IntegerModel.Load(Product(16, zero: 128).Build()).Certify().ActivationProducts!);

        Assert.Equal(int.MaxValue / (128 * 128), product.MostTerms);
    }

    [Fact]
    public void Sizes_that_the_model_leaves_open_are_told_as_open()
    {
        var product = Assert.Single(IntegerModel.Load(Product(-1).Build()).Certify().ActivationProducts!);

        Assert.Equal((null, true), (product.Terms, product.Passed));
    }

    [Fact]
    public void Each_claim_is_checked_again()
    {
        var model = IntegerModel.Load(Product(16).Build());
        var certificate = model.Certify();
        var product = certificate.ActivationProducts!.Single();

        foreach (var claim in new[] { product with { MostTerms = 33_026 }, product with { Terms = 15 }, product with { Passed = false }, product with { Name = "other" } })
            Assert.NotEmpty(CertificateChecker.Disputes(certificate with { ActivationProducts = [claim] }, model.ToChecked()));
        Assert.Equal([product.Name], CertificateChecker.NotCovered(certificate with { ActivationProducts = null }, model.ToChecked()));
    }

    private static ModelBuilder Product(long terms, int zero = 0) => new ModelBuilder().Input("x", 2, terms).Input("z", terms, 3)
        .Pair("x", "xq", 0.02f, zero).Pair("z", "zq", 0.02f, zero).Node("MatMul", ["xq", "zq"], "m").Pair("m", "y", 0.05f, zero).Output("y", 2, 3);
}
