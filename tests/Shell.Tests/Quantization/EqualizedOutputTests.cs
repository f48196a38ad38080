using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Planning;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Random networks with channels multiplied by random powers of two give the same outputs, bit for bit.</summary>
public class EqualizedOutputTests
{
    [Fact]
    public void Outputs_have_the_same_bits()
    {
        var multiplied = 0;
        Checked.All(60, (int seed) =>
        {
            var random = new Random(seed);
            var scheme = Schemes.Of(Network(random));
            var factors = Schemes.Factors(scheme, _ => random.Next(0, 9));
            multiplied += factors.Count;

            var equalized = EqualizedModel.Of(scheme, Schemes.Nothing, factors);

            var inputs = Run.RandomInputs(scheme.Model, random.Next(), -2, 2);
            foreach (var level in new[] { GraphOptimizationLevel.ORT_DISABLE_ALL, GraphOptimizationLevel.ORT_ENABLE_ALL })
            {
                var (before, after) = (Run.Model(scheme.Model.ToBytes(), inputs, level), Run.Model(equalized.Model.ToBytes(), inputs, level));
                Assert.Equal(before.Keys, after.Keys);
                foreach (var (name, output) in before)
                    Assert.Equal(output.Values.Select(BitConverter.SingleToInt32Bits), after[name].Values.Select(BitConverter.SingleToInt32Bits));
            }
        });

        Assert.True(multiplied > 60, $"{multiplied} classes of channels");
    }

    private static ModelBuilder Network(Random random)
    {
        var model = new ModelBuilder(14).Input("x", 1, 3, 6, 6).Floats("low", [], 0).Floats("high", [], 1).Floats("two", [], 1.7f);
        var tensors = new List<(string Name, int Channels)> { ("x", 3) };
        for (var i = 0; i < 12; i++)
        {
            var (read, channels) = tensors[random.Next(tensors.Count)];
            var alike = tensors.Where(tensor => tensor.Channels == channels).ToList();
            var other = alike[random.Next(alike.Count)].Name;
            var (joined, more) = tensors[random.Next(tensors.Count)];
            var name = $"t{i}";
            var made = channels;
            switch (random.Next(i < 3 ? 2 : 15))
            {
                case 0 or 1 or 2 or 3:
                    made = random.Next(2, 7);
                    model.Conv(read, name, channels, made, random.Next(2) == 0 ? 1 : 3);
                    break;
                case 4 or 5:
                    model.Conv(read, name, [channels, 1, 3, 3], node => node.Set($"group={channels} pads=1,1,1,1"));
                    break;
                case 6:
                    made = channels + more;
                    model.Node("Concat", [read, joined], name, "axis=1");
                    break;
                case 7 or 8:
                    model.Node("Add", [read, other], name);
                    break;
                case 9:
                    model.Node("MaxPool", [read], name, "kernel_shape=3,3 pads=1,1,1,1");
                    break;
                case 10:
                    model.Node("AveragePool", [read], name, "kernel_shape=3,3 pads=1,1,1,1");
                    break;
                case 11:
                    model.Node("Mul", [read, "two"], name);
                    break;
                case 12:
                    model.Random($"{name}.shift", channels, 1, 1).Node("Sub", [read, $"{name}.shift"], name);
                    break;
                case 13 when random.Next(3) == 0:
                    model.Node("Clip", [read, "low", "high"], name);
                    break;
                default:
                    model.Node(random.Next(2) == 0 ? "Relu" : "LeakyRelu", [read], name);
                    break;
            }

            tensors.Add((name, made));
        }

        // a layer reads each of the last tensors, so that not all of them are outputs
        for (var i = 0; i < 4; i++)
        {
            var (read, channels) = tensors[^(i + 1)];
            model.Node("GlobalAveragePool", [read], $"m{i}").Node("Flatten", [$"m{i}"], $"f{i}").Gemm($"f{i}", $"y{i}", channels, 3).Output($"y{i}");
        }

        return model;
    }
}
