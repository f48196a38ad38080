using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>What two models must have in common, so that their outputs can be compared.</summary>
internal static class Signature
{
    /// <summary>Refuses models whose inputs or outputs differ in number, name, element type or shape.</summary>
    public static void Check(OnnxModel one, InferenceSession first, OnnxModel other, InferenceSession second)
    {
        Check("input", one, first.InputNames, first.InputMetadata, other, second.InputNames, second.InputMetadata);
        Check("output", one, first.OutputNames, first.OutputMetadata, other, second.OutputNames, second.OutputMetadata);
        foreach (var (name, fact) in first.OutputMetadata)
        {
            if (!fact.IsTensor || !OutputValues.CanRead(fact.ElementDataType))
            {
                throw Diagnostics.OutputNotNumbers.Fault(
                    $"{one.Path}: output `{name}` is {Type(fact)}, not numbers to compare.",
                    file: one.Path, node: name);
            }
        }
    }

    private static void Check(
        string kind,
        OnnxModel one,
        IReadOnlyList<string> names,
        IReadOnlyDictionary<string, NodeMetadata> facts,
        OnnxModel other,
        IReadOnlyList<string> otherNames,
        IReadOnlyDictionary<string, NodeMetadata> otherFacts)
    {
        if (!names.Order(StringComparer.Ordinal).SequenceEqual(otherNames.Order(StringComparer.Ordinal)))
        {
            throw Diagnostics.InterfacesDiffer.Fault(
                $"{other.Path} has the {kind}s {List(otherNames)}, but {one.Path} has {List(names)}; "
                + "compare a model with its own quantized form.",
                file: other.Path);
        }

        foreach (var name in names)
        {
            var (fact, otherFact) = (facts[name], otherFacts[name]);
            if (Type(fact) != Type(otherFact) || !SameShape(fact.Dimensions, otherFact.Dimensions))
            {
                throw Diagnostics.InterfacesDiffer.Fault(
                    $"{other.Path}: {kind} `{name}` is {Type(otherFact)} {Shape(otherFact)}, but in {one.Path} it is "
                    + $"{Type(fact)} {Shape(fact)}; compare a model with its own quantized form.",
                    file: other.Path, node: name);
            }
        }
    }

    // A free axis fits any length; models that do not declare a shape have no dimensions
    private static bool SameShape(int[]? one, int[]? other) =>
        one is null or [] || other is null or []
        || (one.Length == other.Length && one.Zip(other).All(d => d.First < 0 || d.Second < 0 || d.First == d.Second));

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    private static string Shape(NodeMetadata fact) => Shapes.Text((fact.Dimensions ?? []).Select(dim => (long)dim));

    private static string Type(NodeMetadata fact) => fact.IsTensor ? Type(fact.ElementDataType) : "no tensor";

    private static string Type(TensorElementType type) => type.ToString().ToLowerInvariant();
}
