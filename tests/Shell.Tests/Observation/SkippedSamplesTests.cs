using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Observation;

public class SkippedSamplesTests
{
    private static readonly ModelBuilder Negates =
        new ModelBuilder().Input("x", 1, 1).Output("y", 1, 1).Node("Neg", ["x"], "y");

    [Fact]
    public void Samples_that_are_left_out_are_not_observed()
    {
        using var folder = new TemporaryFolder();
        folder.Write("x.npy", Npy.Of([1f, 2, 700, 4], 4, 1));
        using var source = SampleSource.Open(folder.File("x.npy"), Negates.Build(), skipped: new HashSet<long> { 2 });

        var observed = Calibrator.Observe(Negates.Build(), ["y"], source, null, default);

        Assert.Equal((3, new ObservedRange(-4, -1)), (observed.Samples, observed.Ranges["y"]));
        Assert.Equal(new InputObservation("x", new ObservedRange(1, 4), 7.0 / 3), Assert.Single(observed.Inputs));
    }

    [Theory]
    [InlineData(new long[] { 1, 4 }, "--skip-sample 4: there are 4 samples")]
    [InlineData(new long[] { -1 }, "--skip-sample -1")]
    [InlineData(new long[] { 0, 1, 2, 3 }, "leaves no sample")]
    public void Samples_that_are_not_there_cannot_be_left_out(long[] skipped, string told)
    {
        using var folder = new TemporaryFolder();
        folder.Write("x.npy", Npy.Of([1f, 2, 700, 4], 4, 1));
        Npy.AssertBadInput(
            () => SampleSource.Open(folder.File("x.npy"), Negates.Build(), skipped: skipped.ToHashSet()), "x.npy", told);
    }
}
