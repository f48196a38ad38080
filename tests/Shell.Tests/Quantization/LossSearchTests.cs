using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Reporting;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Where an output is lost: a tensor whose range is planted far too wide is found as the worst.</summary>
public class LossSearchTests
{
    private static readonly PlanOptions Options = new() { Precision = Precision.TfliteInt8, Profile = Profiles.OnnxRuntime };

    [Fact]
    public void A_planted_culprit_is_found_first_in_the_sample() =>
        ExpectFound(Quantfn.Sample("fashion.onnx"), Quantfn.Sample("fashion.calibration.npz"), plants: 4);

    [SharedTheory]
    [InlineData("ic_resnet8", "ic_resnet8.calibration.npz", 3)]
    public void A_planted_culprit_is_found_first_in_shared_models(string model, string data, int plants) =>
        ExpectFound(Shared.Model($"{model}.onnx"), Shared.Model(data), plants);

    private static void ExpectFound(string path, string data, int plants)
    {
        var original = OnnxModel.Load(path);
        var scheme = Scheme.Build(ModelPreparation.Prepare(original), symmetric: false, new Dictionary<string, string>());
        var groups = new EncodingGroups(scheme);
        Observations observed;
        var set = new SampleSet(data, new HashSet<long>());
        using (var samples = set.Open(scheme.Model))
            observed = Calibrator.Observe(scheme.Model, [.. groups.Observed(scheme.Index)], samples, null, default);
        var before = Quantize(observed).Worst.SqnrDb;
        var random = new Random(15);
        var left = groups.Tensors.Select(groups.GroupOf).Distinct().Order(StringComparer.Ordinal).ToList();
        var planted = 0;
        while (planted < plants && left.Count > 0)
        {
            var group = left[random.Next(left.Count)];
            left.Remove(group);
            for (var factor = 2f; factor < 1e6f; factor *= 2)
            {
                var (worst, rounded) = Quantize(Widened(group, factor));
                if (worst.SqnrDb >= 10 || worst.SqnrDb > before - 6)
                    continue;
                using var search = new LossSearch(rounded);
                var found = search.Worst(new LossyPart(worst.Name, null, new HashSet<int>()), scheme.Model, set, 400, default);
                Assert.Equal(group, groups.GroupOf(found[0].Tensor.Tensor));
                Assert.Null(found[0].Tensor.WeightsOf);
                Assert.Equal(5, found.Count);
                planted++;
                break;
            }
        }

        Assert.Equal(plants, planted);

        Observations Widened(string group, float factor) => observed with
        {
            Ranges = observed.Ranges.ToDictionary(
                range => range.Key,
                range => groups.Tensors.Contains(range.Key) && groups.GroupOf(range.Key) == group
                    ? new ObservedRange(range.Value.Min * factor, range.Value.Max * factor)
                    : range.Value),
        };

        (OutputComparison Worst, RoundedGraph Rounded) Quantize(Observations ranges)
        {
            var storage = ActivationStorage.For(Precision.TfliteInt8, scheme.Model.Opset);
            var encodings = new TensorEncodings(scheme, groups, ranges, Options, storage, RangeChoice.MinMax);
            _ = JoinPlans.Make(scheme, encodings, Options, storage);
            var (plans, _) = LayerPlans.Make(scheme, encodings, Options, BiasMeans.None, LayerRoundings.None, null, default);
            var quantized = GraphRewriter.Rewrite(scheme, encodings, plans, storage);
            var check = SelfCheck.Run(original, quantized, set, null, default).Report!;
            return (check.Outputs.MinBy(output => output.SqnrDb)!, new RoundedGraph(new PlannedNetwork(scheme, encodings, [], plans, storage, quantized)));
        }
    }
}
