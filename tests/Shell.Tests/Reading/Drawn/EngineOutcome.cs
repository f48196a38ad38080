using Microsoft.ML.OnnxRuntime;
using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;
using Shell.Tests.Support;

namespace Shell.Tests.Reading.Drawn;

/// <summary>What both engines make of one model.</summary>
/// <param name="Kind">Whether they agree.</param>
/// <param name="Text">What differs, or why one refuses.</param>
/// <param name="Fused">The operators that ONNX Runtime runs; empty where nobody asked.</param>
internal sealed record EngineOutcome(OutcomeKind Kind, string Text, IReadOnlyList<string> Fused)
{
    private static readonly HashSet<string> Movers =
    [
        "MaxPool", "Flatten", "Reshape", "Transpose", "Slice", "Squeeze", "Unsqueeze", "Gather", "Split", "Identity",
    ];

    /// <summary>Whether ONNX Runtime runs everything in integers.</summary>
    internal bool IsAllIntegers => Fused.Count > 0 && Fused.All(type => type
        is "QuantizeLinear" or "DequantizeLinear" or "QGemm" or "QLinearConv" or "QLinearMatMul"
        || type.StartsWith("QLinear", StringComparison.Ordinal)
        || Movers.Contains(type));

    /// <summary>Runs a model in both engines, as they run it by default.</summary>
    internal static EngineOutcome Of(OnnxModel model, int seed, bool keepsSigned)
    {
        IntegerModel own;
        var inputs = Samples(model, seed);
        Func<SessionOptions> options = () =>
        {
            var plain = OrtSessions.Options(1);
            plain.AddSessionConfigEntry("session.qdqisint8allowed", keepsSigned ? "1" : "0");
            return plain;
        };
        List<Dictionary<string, FloatTensor>> theirs;
        try
        {
            theirs = [.. inputs.Select(input => Run.Model(model.ToBytes(), input, options))];
        }
        catch (OnnxRuntimeException fault)
        {
            return new(OutcomeKind.TheirsRefuses, fault.Message, []);
        }

        try
        {
            own = IntegerModel.Load(model, new ReadingTarget(HostProcessor.Profile, HostProcessor.Profile, keepsSigned));
            own.RequireIntegers();
            if (own.Graph.SignedAlone is [var first, ..])
                return new(OutcomeKind.Refused, $"{first} runs on integers where signed tensors stay signed", Operators(model, options));
        }
        catch (QuantException fault)
        {
            return new(OutcomeKind.Refused, fault.Message, Operators(model, options));
        }

        List<IReadOnlyDictionary<string, RealArray<float>>> ours;
        try
        {
            ours = [.. inputs.Select(input => own.Run(input.ToDictionary(
                one => one.Key, one => new RealArray<float>(one.Value.Values, one.Value.Dims))).Outputs)];
        }
        catch (QuantException fault)
        {
            return new(OutcomeKind.Refused, fault.Message, Operators(model, options));
        }

        foreach (var (made, expected) in ours.Zip(theirs))
        {
            foreach (var (name, tensor) in expected)
            {
                var values = made[name].Values.ToArray();
                var differing = values.Zip(tensor.Values).Count(pair => pair.First != pair.Second);
                if (!tensor.Dims.SequenceEqual(made[name].Shape) || differing > 0)
                {
                    var largest = values.Zip(tensor.Values).Max(pair => Math.Abs(pair.First - pair.Second));
                    return new(
                        OutcomeKind.Differs,
                        $"{name}: {differing} of {values.Length}, by up to {largest / own.Graph.Twins[name].Form.Steps[0]} steps",
                        Operators(model, options));
                }
            }
        }

        return CertifiedIntervals.Left(IntegerModel.Load(model, new ReadingTarget(null, Profiles.OnnxRuntime, keepsSigned)), theirs) is { } left
            ? new(OutcomeKind.LeavesInterval, left, [])
            : new(OutcomeKind.Equal, "", []);
    }

    /// <summary>Two of random numbers, four of the ends.</summary>
    internal static IReadOnlyList<Dictionary<string, FloatTensor>> Samples(OnnxModel model, int seed) =>
    [
        Run.RandomInputs(model, seed, -4, 4),
        Run.RandomInputs(model, seed + 1, -1, 6),
        Run.RandomInputs(model, seed, -1001, -1000),
        Run.RandomInputs(model, seed, 1000, 1001),
        .. new[] { seed + 2, seed + 3 }.Select(s => Run.RandomInputs(model, s).ToDictionary(
            input => input.Key,
            input => input.Value with { Values = Array.ConvertAll(input.Value.Values, value => value < 0 ? -1000f : 1000f) })),
    ];

    private static List<string> Operators(OnnxModel model, Func<SessionOptions> options)
    {
        var (session, graph) = OptimizedGraph.Open(model, () =>
        {
            var extended = options();
            extended.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED;
            return extended;
        });
        session.Dispose();
        return [.. graph!.Graph.Node.Select(node => node.OpType)];
    }
}

/// <summary>Whether two engines agree on a model.</summary>
internal enum OutcomeKind
{
    Equal,
    Differs,
    Refused,
    TheirsRefuses,
    LeavesInterval,
}
