using System.Collections.Immutable;
using QuantFunctional;
using QuantFunctional.Documents;
using Xunit;

namespace Shell.Tests.Documents;

/// <summary>The digest that ties a certificate to integers: none of them can change without it.</summary>
public class IntegersDigestTests
{
    private static readonly IntegerLayer Layer = Planner.Plan(
        LayerSpec.Product([1f, -0.5f, 0.25f, 0.75f, -1f, 0.5f], 3, 0.02, -10, new RealRange(-6, 9)), new PlanOptions()).Integers;

    private static IntegerLayer With(
        ImmutableArray<sbyte>? weights = null,
        ImmutableArray<long>? bias = null,
        Channelwise<int>? multiplier = null,
        Channelwise<int>? shift = null,
        Channelwise<int>? intrinsicShift = null,
        Encoding? input = null,
        Encoding? output = null,
        int? offset = null,
        Interval? range = null,
        WeightShape? shape = null) => new(
            Layer.Profile,
            Layer.Path,
            Layer.Geometry,
            input ?? Layer.Input,
            output ?? Layer.Output,
            weights ?? Layer.Weights,
            shape ?? Layer.Shape,
            bias ?? Layer.Bias,
            multiplier ?? Layer.Multiplier,
            shift ?? Layer.Shift,
            intrinsicShift ?? Layer.IntrinsicShift,
            offset ?? Layer.OutputOffset,
            range ?? Layer.OutputRange);

    private static Channelwise<int> Changed(Channelwise<int> values, int at) =>
        QuantFunctional.FSharp.Channelwise.perChannel(values.Values.Select((value, i) => i == at ? value + 1 : value));

    private static Encoding Moved(Encoding encoding) => QuantFunctional.FSharp.Encoding.ofStep(
        encoding.StepSize, encoding.ZeroPoint + 1, encoding.Type).ResultValue;

    [Fact]
    public void Every_integer_changes_the_digest()
    {
        var range = Layer.OutputRange;
        var channels = Enumerable.Range(0, Layer.Shape.Channels).ToList();
        List<IntegerLayer> changed =
        [
            .. Layer.Weights.Select((weight, i) => With(weights: Layer.Weights.SetItem(i, (sbyte)(weight ^ 1)))),
            .. channels.Select(i => With(bias: Layer.Bias.SetItem(i, Layer.Bias[i] + 1))),
            .. channels.Select(i => With(multiplier: Changed(Layer.Multiplier, i))),
            .. channels.Select(i => With(shift: Changed(Layer.Shift, i))),
            .. channels.Select(i => With(intrinsicShift: Changed(Layer.IntrinsicShift, i))),
            With(input: Moved(Layer.Input)),
            With(output: Moved(Layer.Output)),
            With(offset: Layer.OutputOffset + 1),
            With(range: new Interval(range.Low + 1, range.High)),
            With(range: new Interval(range.Low, range.High - 1)),
        ];

        var digests = changed.Select(IntegersDigest.Of).Append(IntegersDigest.Of(Layer)).ToList();

        Assert.Equal(digests.Count, digests.Distinct().Count());
        Assert.Equal(IntegersDigest.Of(Layer), IntegersDigest.Of(With()));
    }

    [Fact]
    public void The_same_weights_in_another_shape_have_another_digest()
    {
        static WeightShape Shape(params int[] sizes) =>
            QuantFunctional.FSharp.WeightShape.create(WeightLayout.OIHW, 1, sizes).ResultValue;
        IntegerLayer[] layers = [With(shape: Shape(2, 3, 1)), With(shape: Shape(2, 1, 3)), With(shape: Shape(1, 6, 1))];
        Assert.Equal(3, layers.Select(IntegersDigest.Of).Distinct().Count());

        // every weight of every position counts
        var kernel = Shape(1, 2, 3);
        var digests = Enumerable.Range(0, 6)
            .Select(i => IntegersDigest.Of(With(shape: kernel, weights: Layer.Weights.SetItem(i, (sbyte)(Layer.Weights[i] ^ 1)))));
        Assert.Equal(6, digests.Distinct().Count());
    }

    [Fact]
    public void A_digest_is_of_a_layer() => Assert.Throws<ArgumentNullException>(() => IntegersDigest.Of(null!));
}
