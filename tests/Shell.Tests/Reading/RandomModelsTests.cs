using System.Globalization;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Reading.Drawn;
using Xunit;
using Xunit.Abstractions;

namespace Shell.Tests.Reading;

/// <summary>Random valid models of pairs are executed as ONNX Runtime executes them, or refused by name.</summary>
public sealed class RandomModelsTests(ITestOutputHelper output)
{
    private static int Setting(string name, int byDefault) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : byDefault;

    [Fact]
    public void Both_engines_agree_or_the_model_is_refused_by_name()
    {
        var (count, first) = (Setting("QUANTFN_RANDOM_MODELS", 200), Setting("QUANTFN_RANDOM_SEED", 1));
        var outcomes = Enumerable.Range(first, count).AsParallel().AsOrdered()
            .Select(seed => (Seed: seed, Model: DrawnModel.Of(seed)))
            .Select(drawn => (drawn.Seed, drawn.Model, Outcome: EngineOutcome.Of(drawn.Model, drawn.Seed, drawn.Seed % 4 != 0)))
            .ToList();
        foreach (var kind in outcomes.GroupBy(o => o.Outcome.Kind))
            output.WriteLine($"{kind.Key}: {kind.Count()}");
        var folder = Environment.GetEnvironmentVariable("QUANTFN_RANDOM_FOLDER");
        foreach (var (seed, model, outcome) in outcomes.Where(o => o.Outcome.Kind != OutcomeKind.Equal))
        {
            output.WriteLine($"{seed} {outcome.Kind}{(outcome.Kind == OutcomeKind.Refused && outcome.IsAllIntegers ? " ALLINT" : "")} {outcome.Text} | {string.Join(' ', model.Graph.Node.Select(n => n.OpType).Where(t => t is not ("QuantizeLinear" or "DequantizeLinear" or "Constant")))} | {string.Join(' ', outcome.Fused.Where(t => t is not ("QuantizeLinear" or "DequantizeLinear" or "Constant")))}");
            if (folder is not null)
                File.WriteAllBytes(Path.Combine(folder, $"{seed}.onnx"), model.ToBytes());
        }

        Assert.DoesNotContain(outcomes, o => o.Outcome.Kind == OutcomeKind.Differs);
    }
}
