using QuantFunctional.Onnx.Observation;
using Xunit;

namespace Shell.Tests.Observation;

public class RangeHistoryTests
{
    [Fact]
    public void A_sample_that_is_far_wider_than_all_others_is_found()
    {
        var history = Of(64, sample => sample == 5 ? 1000 : 1 + (sample / 64f));

        var wide = Assert.Single(history.Unlike());

        Assert.Equal((5, 1000), (wide.Sample, wide.Width));
        Assert.InRange(wide.Usual, 1.98, 2.13); // the end of a bin of a sixteenth of an octave
    }

    [Fact]
    public void Several_such_samples_are_found_together_the_widest_first() =>
        Assert.Equal([7, 40, 3], Of(64, sample => sample switch { 7 => 900, 40 => 50, 3 => 40, _ => 1 }).Unlike().Select(wide => wide.Sample));

    [Theory]
    [InlineData(7f)]
    [InlineData(1f)]
    public void Samples_of_ordinary_width_are_not(float widest) =>
        Assert.Empty(Of(64, sample => sample == 5 ? widest : 1).Unlike());

    [Fact]
    public void A_tensor_that_is_silent_but_for_one_sample_has_no_usual_width() =>
        Assert.Empty(Of(64, sample => sample == 5 ? 9 : 0).Unlike());

    [Fact]
    public void One_in_eight_samples_is_no_exception() =>
        Assert.Empty(Of(16, sample => sample % 4 == 0 ? 100 : 1).Unlike());

    [Fact]
    public void The_first_half_is_kept_beside_the_whole()
    {
        var history = Of(10, sample => sample);

        Assert.Equal((new ObservedRange(0, 4), new ObservedRange(0, 9)), (history.FirstHalf, history.Range));
    }

    private static RangeHistory Of(int samples, Func<int, float> highest)
    {
        var history = new RangeHistory();
        for (var sample = 0; sample < samples; sample++)
            history.Add(new ObservedRange(0, highest(sample)), sample, sample < samples / 2);
        return history;
    }
}
