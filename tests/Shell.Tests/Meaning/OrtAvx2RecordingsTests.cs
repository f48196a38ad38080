using System.Collections.Immutable;
using System.Text.Json;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Steps;
using Shell.Tests.Support;
using Xunit;
using Core = QuantFunctional.FSharp;

namespace Shell.Tests.Meaning;

/// <summary>
/// What ONNX Runtime gave on a processor with AVX2 and without VNNI, run bit for bit by both executors: there pairs of
/// products saturate in 16 bits.
/// </summary>
public sealed class OrtAvx2RecordingsTests
{
    private const string Folder = "golden/ort-avx2";

    [SharedFact]
    public void Every_recorded_layer_gives_that_processor_s_output_and_the_exact_one_where_no_pair_saturates()
    {
        using var cases = JsonDocument.Parse(File.ReadAllBytes(Shared.File($"{Folder}/cases.json")));
        var (layers, saturated, exact) = (0, 0, 0);
        foreach (var recorded in cases.RootElement.EnumerateArray())
        {
            var name = recorded.GetProperty("name").GetString()!;
            var (layer, input, expected) = Read(recorded, name);
            Assert.True(expected.SequenceEqual(Run(layer, input, name)), $"{name} differs");

            // an unsafe pair is there wherever the recording saturates
            var inFull = Run(layer.With(Profiles.OnnxRuntimeVnni), input, name);
            if (recorded.TryGetProperty("saturates", out var saturates))
            {
                Assert.True(saturates.GetBoolean() != expected.SequenceEqual(inFull), $"{name} saturates: {saturates}");
                (saturated, exact) = saturates.GetBoolean() ? (saturated + 1, exact) : (saturated, exact + 1);
            }

            var pairs = Core.PairSums.ofLayer(layer);
            Assert.True(expected.SequenceEqual(inFull) || !pairs.IsEmpty, $"{name} saturates without an unsafe pair");
            layers++;
        }

        Assert.Equal((360, 201, 119), (layers, saturated, exact));
    }

    [SharedTheory]
    [InlineData("ic_resnet8")]
    [InlineData("mnist")]
    [InlineData("fashion")]
    public void A_recorded_model_gives_that_processor_s_outputs_and_with_products_in_full_the_exact_ones(string name)
    {
        var model = OnnxModel.Load(Shared.File($"{Folder}/{name}.onnx"));
        var pairs = Outputs(model, name, Profiles.OnnxRuntimeX64Avx2);
        var inFull = Outputs(model, name, Profiles.OnnxRuntimeVnni);

        Assert.Equal(Npy.ReadAll<float>(Shared.File($"{Folder}/models.npz"), $"{name}_pairs"), pairs);
        Assert.Equal(Npy.ReadAll<float>(Shared.File($"{Folder}/models.npz"), $"{name}_exact"), inFull);
        var usual = Outputs(model, name, Profiles.OnnxRuntime, samples: 20);
        Assert.Equal(inFull[..usual.Length], usual);
        Assert.NotEqual(inFull, pairs);
    }

    private static float[] Outputs(OnnxModel model, string name, BackendProfile profile, int samples = 300)
    {
        var own = IntegerModel.Load(model, profile);
        var data = name == "fashion"
            ? Path.Combine(Shared.Repository, "samples", "fashion", "fashion.test.npz")
            : Shared.Model($"{name}.test.npz");
        using var source = SampleSource.Open(data, model);
        var outputs = new List<float>();
        for (var i = 0; i < samples && source.MoveNext(); i++)
            outputs.AddRange(own.Run(source.Reals()).Outputs.Single().Value.Values.Span);
        return [.. outputs];
    }

    /// <summary>The output of both executors, which must be one.</summary>
    private static ImmutableArray<int> Run(IntegerLayer layer, IntegerTensor input, string name)
    {
        var plain = Core.Executor.run(layer, input);
        Assert.True(plain.IsOk, plain.IsOk ? name : $"{name}: {plain.ErrorValue.Message}");
        var prepared = Core.FastExecutor.prepare(layer);
        Assert.True(prepared.IsVectorised, $"{name} is left to the plain executor");
        var fast = Core.FastExecutor.run(2, prepared, input);
        Assert.True(
            fast.IsOk && plain.ResultValue.Output.Values.SequenceEqual(fast.ResultValue.Values),
            $"{name}: the executors differ");
        return plain.ResultValue.Output.Values;
    }

    private static (IntegerLayer Layer, IntegerTensor Input, ImmutableArray<int> Expected) Read(
        JsonElement recorded, string name)
    {
        var archive = Shared.File($"{Folder}/layers.npz");
        int[] Ints(string field) => [.. recorded.GetProperty(field).EnumerateArray().Select(value => value.GetInt32())];
        var op = recorded.GetProperty("op").GetString()!;
        var (isConv, isBare) = (op == "QLinearConv", op == "MatMulInteger");
        var isUnsigned = recorded.GetProperty("x_type").GetString() == "uint8";

        // stored values here are signed
        var toSigned = isUnsigned ? -128 : 0;
        var x = Npy.ReadAll<int>(archive, $"{name}/x").Select(value => value + toSigned);
        var y = Npy.ReadAll<int>(archive, $"{name}/y").Select(value => isBare ? value : value + toSigned);
        var w = Npy.ReadAll<int>(archive, $"{name}/w");
        var zero = Npy.ReadAll<int>(archive, $"{name}/w_zero");
        var isWeightUnsigned = recorded.GetProperty("w_type").GetString() == "uint8";
        var (xs, ys) = (recorded.GetProperty("xs").GetSingle(), recorded.GetProperty("ys").GetSingle());
        var groups = isConv ? recorded.GetProperty("group").GetInt32() : 1;
        var shape = Core.WeightShape.create(isConv ? WeightLayout.OIHW : WeightLayout.IO, groups, Ints("w_shape")).ResultValue;

        // signed inputs and unsigned weights meet kernels that add in full on every processor
        var profile = Core.BackendProfile.OnnxRuntimeX64Avx2;
        if (!isUnsigned || isWeightUnsigned)
            profile = InFull(profile);
        var factors = Npy.ReadAll<float>(archive, $"{name}/w_step")
            .Select(step => isBare ? new LayerFactor(1, 0) : LayerFactor.Of(profile, xs, step, ys, 1)!).ToList();
        var offset = isBare ? 0 : recorded.GetProperty("yz").GetInt32() + toSigned;
        var layer = new IntegerLayer(
            profile,
            ActivationPath.Int8,
            isConv
                ? new Geometry([.. Ints("strides")], [.. Ints("pads")], [.. Ints("dilations")], isTransposed: false)
                : Core.Geometry.plain(0),
            Core.Encoding.ofStep(xs, recorded.GetProperty("xz").GetInt32() + toSigned, ScalarType.Int8).ResultValue,
            Core.Encoding.ofStep(isBare ? 1 : ys, offset, isBare ? ScalarType.Int32 : ScalarType.Int8).ResultValue,
            [.. w.Select(value => checked((sbyte)(value - zero[0])))],
            shape,
            isConv || op == "QGemm" ? [.. Npy.ReadAll<long>(archive, $"{name}/b")] : [.. new long[shape.Channels]],
            PerChannel(factors, shape.Channels, factor => factor.Multiplier),
            PerChannel(factors, shape.Channels, factor => factor.Shift),
            Core.Channelwise.perTensor(0),
            offset,
            isBare ? new Interval(-(1 << 24), 1 << 24) : new Interval(-128, 127)); // what float32 holds exactly
        return (layer, new IntegerTensor([.. Ints("x_shape")], [.. x]), [.. y]);
    }

    private static BackendProfile InFull(BackendProfile p) => new(
        p.Name, p.Paths, p.Precisions, p.Multiplier, p.Accumulator, p.Int16Accumulator, p.InputZeroPoint, p.OutputZeroPoint,
        p.Steps, p.Relu, p.MixedIntrinsicShift, ProductSums.InFull, p.BetweenLayers);

    private static Channelwise<int> PerChannel(List<LayerFactor> factors, int channels, Func<LayerFactor, int> part) =>
        ChannelValues.PerChannel(Enumerable.Range(0, channels).Select(c => part(factors[factors.Count == 1 ? 0 : c])));
}
