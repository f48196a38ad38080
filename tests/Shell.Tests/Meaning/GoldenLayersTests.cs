using System.Collections.Immutable;
using System.Text.Json;
using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Steps;
using Shell.Tests.Support;
using Xunit;
using Core = QuantFunctional.FSharp;

namespace Shell.Tests.Meaning;

/// <summary>The layers of the CMSIS-NN suite, whose outputs come from the TFLite interpreter, run bit for bit.</summary>
public sealed class GoldenLayersTests
{
    [SharedFact]
    public void Every_layer_of_the_CMSIS_NN_suite_gives_the_interpreter_s_output()
    {
        using var cases = JsonDocument.Parse(File.ReadAllBytes(Shared.File("golden/cmsis-nn/cases.json")));
        var count = 0;
        foreach (var golden in cases.RootElement.EnumerateArray())
        {
            Run(golden);
            count++;
        }

        Assert.InRange(count, 44, int.MaxValue); // more than these are welcome
    }

    private static void Run(JsonElement golden)
    {
        var name = golden.GetProperty("name").GetString()!;
        var arrays = ArrayFile.Open(Shared.File($"golden/cmsis-nn/{name}.npz"));
        var (weights, weightSizes) = Read(arrays, "weight");
        var (input, inputSizes) = Read(arrays, "input");
        var (output, outputSizes) = Read(arrays, "output");
        var kind = golden.GetProperty("kind").GetString();
        var (isProduct, isDepthwise) = (kind == "fc", kind == "depthwise");
        var inputChannels = inputSizes[^1];
        var outputChannels = outputSizes[^1];
        var groups = isProduct ? 1 : isDepthwise ? inputChannels : inputChannels / weightSizes[^1];
        var layout = isProduct ? WeightLayout.OI : isDepthwise ? WeightLayout.IHWO : WeightLayout.OHWI;
        var shape = FSharpShape(layout, groups, isProduct ? [outputChannels, weights.Length / outputChannels] : weightSizes);
        var bias = arrays.Names.Contains("bias") ? Read(arrays, "bias").Values : new long[outputChannels];
        var zeroPoint = -golden.GetProperty("inputOffset").GetInt32();
        var is16 = inputSizes.Length > 0 && arrays.OpenArray("input").Info.ElementType.ToString().Contains("16");
        var scalar = is16 ? ScalarType.Int16 : ScalarType.Int8;
        var profile = golden.GetProperty("accumulator").GetString() == "int64" || !is16
            ? Core.BackendProfile.Tflite
            : Core.BackendProfile.TfliteInt32Accumulator;
        var offset = golden.GetProperty("outputOffset").GetInt32();
        var layer = new IntegerLayer(
            profile,
            is16 ? ActivationPath.Int16 : ActivationPath.Int8,
            GeometryOf(golden, isProduct, shape, inputSizes, outputSizes),
            Core.Encoding.ofStep(1, zeroPoint, scalar).ResultValue,
            Core.Encoding.ofStep(1, offset, scalar).ResultValue,
            [.. weights.Select(value => (sbyte)value)],
            shape,
            [.. bias],
            PerChannel(Read(arrays, "multiplier").Values, outputChannels, value => (int)value),
            PerChannel(Read(arrays, "shift").Values, outputChannels, value => 31 - (int)value),
            PerChannel([0], outputChannels, value => (int)value),
            offset,
            new Interval(golden.GetProperty("activationMin").GetInt32(), golden.GetProperty("activationMax").GetInt32()));

        var samples = isProduct ? output.Length / outputChannels : inputSizes[0];
        var tensor = isProduct
            ? new IntegerTensor([samples, input.Length / samples], [.. input.Select(value => (int)value)])
            : ChannelsFirst(input, inputSizes);
        var run = Core.Executor.run(layer, tensor);
        Assert.True(run.IsOk, run.IsOk ? name : $"{name}: {run.ErrorValue.Message}");
        var expected = isProduct
            ? [.. output.Select(value => (int)value)]
            : ChannelsFirst(output, outputSizes).Values;
        Assert.True(expected.SequenceEqual(run.ResultValue.Output.Values), $"{name} differs");
        var fast = Core.FastExecutor.run(2, Core.FastExecutor.prepare(layer), tensor);
        Assert.True(fast.IsOk && expected.SequenceEqual(fast.ResultValue.Values), $"{name} differs in the fast executor");
    }

    private static WeightShape FSharpShape(WeightLayout layout, int groups, int[] sizes) =>
        Core.WeightShape.create(layout, groups, sizes).ResultValue;

    private static Channelwise<int> PerChannel(long[] values, int channels, Func<long, int> convert) =>
        ChannelValues.PerChannel(Enumerable.Range(0, channels).Select(c => convert(values[values.Length == 1 ? 0 : c])));

    /// <summary>The padding at the end is what the output's size leaves.</summary>
    private static Geometry GeometryOf(
        JsonElement golden, bool isProduct, WeightShape shape, int[] input, int[] output)
    {
        if (isProduct)
            return Core.Geometry.plain(0);
        int[] Two(string field) => [.. golden.GetProperty(field).EnumerateArray().Select(value => value.GetInt32())];
        var (strides, begin, dilations) = (Two("stride"), Two("pad"), Two("dilation"));
        var end = Enumerable.Range(0, 2).Select(axis => Math.Max(0,
            ((output[axis + 1] - 1) * strides[axis]) + (dilations[axis] * (shape.KernelSizes[axis] - 1)) + 1
            - input[axis + 1] - begin[axis]));
        return new Geometry([.. strides], [.. begin, .. end], [.. dilations], isTransposed: false);
    }

    private static IntegerTensor ChannelsFirst(long[] values, int[] sizes)
    {
        var (samples, positions, channels) = (sizes[0], sizes[1] * sizes[2], sizes[3]);
        var moved = new int[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (channel, position, sample) = (i % channels, i / channels % positions, i / channels / positions);
            moved[(((sample * channels) + channel) * positions) + position] = (int)values[i];
        }

        return new IntegerTensor([samples, channels, sizes[1], sizes[2]], [.. moved]);
    }

    private static (long[] Values, int[] Sizes) Read(ArrayFile arrays, string name)
    {
        using var reader = arrays.OpenArray(name);
        var values = new List<long>();
        var sample = new long[reader.Info.SampleLength];
        while (reader.TryRead<long>(sample))
            values.AddRange(sample);
        return ([.. values], [.. reader.Info.Shape.Select(size => (int)size)]);
    }
}
