using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Execution;

/// <summary>On which processors a model's integers are those that it was made for, as a sentence.</summary>
internal static class WhereIntegersHold
{
    /// <summary>What is said of a model of which the weights alone are integers.</summary>
    internal const string OfWeightsAlone =
        "The weights alone are integers; what the products give differs between processors and releases of ONNX Runtime.";

    /// <summary>What is true of the very model, found by looking at its pairs, its joins and its outputs.</summary>
    /// <param name="model">A quantized model.</param>
    /// <param name="profile">The target that it was made for.</param>
    /// <param name="notLookedAt">How many nodes could not be looked at.</param>
    /// <param name="inFloat">How many layers on integers ONNX Runtime runs in float on the machine at hand.</param>
    internal static string Sentence(OnnxModel model, BackendProfile profile, int notLookedAt, int inFloat)
    {
        var read = IntegerModel.Load(model, profile);
        var where = IsOfOnnxRuntime(profile) ? OnProcessors(ProcessorAgreement.Of(model), profile) : InProfile(model, read, profile);
        if (notLookedAt > 0)
            where += $"; nothing is known of {Counts.Of(notLookedAt, "node")} that {Were(notLookedAt)} not looked at";
        if (inFloat > 0)
            where += $"; {Counts.Of(inFloat, "layer")} {(inFloat == 1 ? "runs" : "run")} in float on this machine";
        return where + Ends(IntegerEnds.Of(read)) + ".";
    }

    /// <summary>Which processors give the integers that a model was made for; empty where the target is not ONNX Runtime.</summary>
    internal static IReadOnlyList<ProcessorAnswer> OnEach(OnnxModel model, BackendProfile profile)
    {
        if (!IsOfOnnxRuntime(profile))
            return [];
        var agreement = ProcessorAgreement.Of(model);
        return [.. Processors.All.Select(one => new ProcessorAnswer(one.Name, one.Profile.Name, Agrees(agreement, profile, one.Profile)))];
    }

    private static bool IsOfOnnxRuntime(BackendProfile profile) => profile.Multiplier.IsSingle24 && !profile.BetweenLayers[0].IsTflite;

    private static bool Agrees(ProcessorAgreement agreement, BackendProfile target, BackendProfile processor) =>
        (agreement.Pairs == 0 || processor.Products.IsPairs16 == target.Products.IsPairs16)
        && agreement.JoinsBetween(target.BetweenLayers[0], processor.BetweenLayers[0]) == 0;

    private static string OnProcessors(ProcessorAgreement agreement, BackendProfile target)
    {
        var ran = target.BetweenLayers[0];
        var addsPairs = target.Products.IsPairs16;
        var holds = Processors.All.Where(one => Agrees(agreement, target, one.Profile)).Select(processor => processor.Name).ToList();
        if (holds.Count == Processors.All.Count)
            return "The integers are the same on every processor: x64 with and without VNNI and FMA, ARM64 and WebAssembly";
        var reasons = new List<string>();
        if (agreement.Pairs > 0)
        {
            var layers = Counts.Of(agreement.Pairs, "layer");
            reasons.Add(addsPairs
                ? $"neighbouring products of {layers} saturate there and nowhere else"
                : $"neighbouring products of {layers} saturate on x64 without VNNI");
        }

        var joins = Processors.All.Max(processor => agreement.JoinsBetween(ran, processor.Profile.BetweenLayers[0]));
        if (joins > 0)
            reasons.Add($"{Counts.Of(joins, "join")} {(joins == 1 ? "gives" : "give")} other bytes elsewhere");
        var remedy = target.Name == Profiles.OnnxRuntime.Name ? "" : "leave --profile out, or ";
        return $"The integers hold only on {Counts.Listed(holds)}: {string.Join(", and ", reasons)}; to have the same on "
            + $"every processor, {remedy}mend the file with quantfn repair";
    }

    /// <summary>Engines other than ONNX Runtime compute the same on every machine, but ONNX Runtime itself computes otherwise.</summary>
    private static string InProfile(OnnxModel model, IntegerModel read, BackendProfile profile)
    {
        if (read.Layers.Any(layer => layer.Integers.Path != ActivationPath.Int8))
        {
            return $"The integers are those of the plan for the profile {profile.Name}; ONNX Runtime runs layers of 16 bits "
                + "in float, and what that gives differs between processors in the last digits";
        }

        var certificate = read.Certify();
        var broken = certificate.Layers.Count(layer => !layer.Passed) + certificate.Joins.Count(join => !join.Passed);
        if (broken > 0)
        {
            return $"The integers do not hold under the profile {profile.Name}: quantfn verify names what is wrong with "
                + Counts.Of(broken, "node");
        }

        var pairs = ProcessorAgreement.Of(model).Pairs;
        var saturate = pairs == 0 ? ""
            : $", and on x64 without VNNI neighbouring products of {Counts.Of(pairs, "layer")} saturate in it";
        return $"The integers are those of the profile {profile.Name}, the same on every machine; ONNX Runtime rounds in its own "
            + $"way and can give others{saturate}: leave --profile out to plan for it";
    }

    private static string Ends(IReadOnlyList<(string Output, FloatNode Node)> ends)
    {
        if (ends.Count == 0)
            return "";
        var ways = ends.GroupBy(end => end.Node, end => $"`{end.Output}`").Select(way =>
            $"on the way to {(way.Count() == 1 ? "output" : "outputs")} {Counts.Listed([.. way])} they end before "
            + $"{way.Key.Operator} (node {way.Key.Name})");
        return $"; {string.Join(", and ", ways)}, and float operators differ between processors in the last digits";
    }

    private static string Were(int count) => count == 1 ? "was" : "were";
}
