using System.Globalization;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Reading.Drawn;
using Xunit;
using Xunit.Abstractions;

namespace Shell.Tests.Reading;

/// <summary>
/// Random valid models of pairs: they are executed as ONNX Runtime executes them on the processor at hand, or refused by name, and
/// no certified interval is left. QUANTFN_RANDOM_MODELS says how many (200), QUANTFN_RANDOM_SEED the first seed (1),
/// QUANTFN_RANDOM_FOLDER where to write those that fail.
/// </summary>
public sealed class RandomModelsTests(ITestOutputHelper output)
{
    // what this tool does not compute though ONNX Runtime does; the README names each
    private static readonly string[] Limits =
    [
        "their products as stored saturate where a processor adds them in pairs",
        "more than 8 bits hold",
        "are more than its kernel's sum holds",
        "with other steps or zero points than the file's",
    ];

    [Fact]
    public void Both_engines_agree_or_the_model_is_refused_by_name()
    {
        var (count, first) = (Setting("QUANTFN_RANDOM_MODELS", 200), Setting("QUANTFN_RANDOM_SEED", 1));
        var outcomes = Enumerable.Range(first, count).AsParallel().AsOrdered()
            .Select(seed => (Seed: seed, Model: DrawnModel.Of(seed)))
            .Select(drawn => (drawn.Seed, drawn.Model, Outcome: EngineOutcome.Of(drawn.Model, drawn.Seed, drawn.Seed % 8 != 0)))
            .ToList();
        foreach (var kind in outcomes.GroupBy(o => o.Outcome.Kind))
            output.WriteLine($"{kind.Key}: {kind.Count()}");
        foreach (var (seed, model, outcome) in outcomes.Where(o => o.Outcome.Kind != OutcomeKind.Equal))
            output.WriteLine(Line(seed, model, outcome));
        var wrong = outcomes.Where(o => IsWrong(o.Outcome)).ToList();
        foreach (var (seed, model, _) in wrong)
            Keep(seed, model);

        Assert.Empty(wrong.Select(o => Line(o.Seed, o.Model, o.Outcome)));
        // few models have by chance more than their share
        var refused = outcomes.Count(o => o.Outcome.Kind == OutcomeKind.Refused);
        Assert.True(refused <= count * (count < 1000 ? 0.1 : 0.05), $"{refused} of {count} are refused");
    }

    private static bool IsWrong(EngineOutcome outcome) => outcome.Kind switch
    {
        OutcomeKind.Differs or OutcomeKind.LeavesInterval => true,
        OutcomeKind.Refused => outcome.IsAllIntegers && !Limits.Any(outcome.Text.Contains),
        _ => false,
    };

    private static string Line(int seed, OnnxModel model, EngineOutcome outcome) =>
        $"{seed} {outcome.Kind}{(outcome.IsAllIntegers ? ", all integers" : "")}: {outcome.Text} | "
        + string.Join(' ', model.Graph.Node.Where(IsOperator).Select(node => node.OpType))
        + " | " + string.Join(' ', outcome.Fused.Where(type => type is not ("QuantizeLinear" or "DequantizeLinear")));

    private static bool IsOperator(NodeProto node) => node.OpType is not ("QuantizeLinear" or "DequantizeLinear" or "Constant");

    private static void Keep(int seed, OnnxModel model)
    {
        if (Environment.GetEnvironmentVariable("QUANTFN_RANDOM_FOLDER") is { } folder)
            File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{seed}.onnx")), model.ToBytes());
    }

    private static int Setting(string name, int byDefault) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : byDefault;
}
