using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reporting;
using Xunit;

namespace Shell.Tests.Support;

/// <summary>A tiny model, quantized as a user would, with what it takes to judge the result.</summary>
internal sealed class Quantized
{
    private const int SampleCount = 6;
    private Dictionary<string, float[]>? _extended;

    private Quantized(OnnxModel original, OnnxModel model, QuantizationReport report, string? plan, Samples samples)
    {
        Original = original;
        Model = model;
        Report = report;
        Plan = plan;
        Samples = samples;
    }

    internal OnnxModel Original { get; }

    internal OnnxModel Model { get; }

    internal QuantizationReport Report { get; }

    /// <summary>The plan's document, where one was asked for.</summary>
    internal string? Plan { get; }

    internal Samples Samples { get; }

    /// <summary>What the quantized model gives with integer kernels.</summary>
    internal Dictionary<string, float[]> ExtendedOutputs => _extended ??= Samples.Run(Model, OrtExecution.Extended);

    /// <summary>Operators that ONNX Runtime runs on integers, as "Conv×2 Gemm×1".</summary>
    internal string Integers => Operators(Report.Operators, OperatorKind.Integer);

    /// <summary>Operators that ONNX Runtime runs on real numbers.</summary>
    internal string Floats => Operators(Report.Operators, OperatorKind.Float);

    /// <summary>What was left in float, as "y (Exp): reason" lines.</summary>
    internal string LeftInFloat =>
        string.Join('\n', Report.LeftInFloat.Select(left => $"{left.Name} ({left.Operator}): {left.Reason}"));

    /// <summary>Quantizes a model with random samples, through files in a folder of its own.</summary>
    internal static Quantized Of(
        ModelBuilder model, Func<QuantizeRequest, QuantizeRequest>? with = null, float low = -1, float high = 1)
    {
        var original = model.Build();
        return Of(original, Samples.Random(original, SampleCount, low, high), with);
    }

    /// <summary>Quantizes a model with given samples.</summary>
    internal static Quantized Of(
        OnnxModel original, Samples samples, Func<QuantizeRequest, QuantizeRequest>? with = null)
    {
        using var folder = new TemporaryFolder();
        var request = new QuantizeRequest
        {
            Model = folder.Write("model.onnx", original.ToBytes()),
            Calibration = samples.Write(folder.File("samples.npz")),
            OutputPath = folder.File("model.int8.onnx"),
            PlanPath = folder.File("plan.json"),
        };
        request = with?.Invoke(request) ?? request;
        var report = OnnxQuantizer.QuantizeAsync(request).GetAwaiter().GetResult();
        return new Quantized(
            original, OnnxModel.Load(request.OutputPath!), report, File.ReadAllText(request.PlanPath!), samples);
    }

    /// <summary>
    /// Asserts what every quantized model owes: these operators run on integers, these on real numbers, the result is
    /// near the float model's, and ONNX Runtime's optimization does not change it.
    /// </summary>
    internal Quantized Expect(string integers, string floats = "", double sqnrDb = 30, int steps = 1)
    {
        Assert.Equal((integers, floats), (Integers, Floats));
        var onArm = FusedGraph.Count(Model, options => options.AddSessionConfigEntry("session.qdqisint8allowed", "1"));
        Assert.Equal(
            (integers, floats), (Operators(onArm, OperatorKind.Integer), Operators(onArm, OperatorKind.Float)));
        Assert.Empty(Report.Warnings);
        return ExpectNear(sqnrDb).ExpectSameWhenOptimized(steps);
    }

    /// <summary>Asserts that every output is near that of the float model.</summary>
    internal Quantized ExpectNear(double sqnrDb, OrtExecution? execution = null)
    {
        var expected = Samples.Run(Original, OrtExecution.Plain);
        var actual = execution is { } other ? Samples.Run(Model, other) : ExtendedOutputs;
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (name, values) in expected)
        {
            var ratio = SqnrDb(values, actual[name]);
            Assert.True(ratio >= sqnrDb, FormattableString.Invariant($"{name}: {ratio:F1} dB, not {sqnrDb:F1} dB"));
        }

        return this;
    }

    /// <summary>Asserts that integer kernels give what the graph says as it stands, but for ties.</summary>
    /// <param name="steps">How many steps of the output's encoding a value may differ.</param>
    internal Quantized ExpectSameWhenOptimized(int steps = 1)
    {
        var plain = Samples.Run(Model, OrtExecution.Plain);
        var others = new[] { OrtExecution.All, OrtExecution.Int8Allowed }.Select(execution => Samples.Run(Model, execution));
        foreach (var outputs in others.Prepend(ExtendedOutputs))
        {
            foreach (var (name, values) in outputs)
            {
                var allowed = steps * StepOf(name, values) * 1.001;
                var different = 0;
                for (var i = 0; i < values.Length; i++)
                {
                    var difference = Math.Abs((double)values[i] - plain[name][i]);
                    Assert.True(difference <= allowed, $"{name}[{i}] is {values[i]}, unoptimized {plain[name][i]}");
                    different += difference > allowed * 1e-3 ? 1 : 0;
                }

                Assert.True(different <= 2 + (values.Length / 5), $"{name}: {different} of {values.Length} differ");
            }
        }

        return this;
    }

    internal static double SqnrDb(float[] expected, float[] actual)
    {
        var (signal, noise) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            signal += (double)expected[i] * expected[i];
            noise += Math.Pow((double)expected[i] - actual[i], 2);
        }

        return noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(signal / noise);
    }

    /// <summary>The initializer that holds the step of a tensor's encoding.</summary>
    internal string StepName(string tensor) =>
        Model.Graph.Node.Single(node => node.OpType == "QuantizeLinear" && node.Input[0] == tensor).Input[1];

    /// <summary>The values of an initializer of the quantized model.</summary>
    internal float[] Floating(string initializer) =>
        TensorData.Floats(Model.Graph.Initializer.Single(t => t.Name == initializer));

    // An output that no DequantizeLinear makes is real: a float operator after equal integers gives equal results.
    private double StepOf(string output, float[] values)
    {
        var maker = new GraphIndex(Model.Graph).Producer(output);
        return maker?.OpType == "DequantizeLinear"
            ? Floating(maker.Input[1]).Max()
            : Math.Max(1e-6, values.Max(Math.Abs) / 128.0);
    }

    private static string Operators(IEnumerable<OperatorCount> counts, OperatorKind kind) => string.Join(
        ' ',
        counts.Where(c => c.Kind == kind).Select(c => FormattableString.Invariant($"{c.Operator}×{c.Count}")));
}
