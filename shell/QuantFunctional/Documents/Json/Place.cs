using System.Globalization;
using Microsoft.FSharp.Core;

namespace QuantFunctional.Documents.Json;

/// <summary>A field of a document: what a message about it names.</summary>
internal readonly record struct Place(string File, string Field = "")
{
    /// <summary>A field of the object at this place.</summary>
    internal Place At(string field) => this with { Field = Field.Length == 0 ? field : $"{Field}.{field}" };

    /// <summary>An entry of the list at this place.</summary>
    internal Place At(int index) => this with { Field = string.Create(CultureInfo.InvariantCulture, $"{Field}[{index}]") };

    /// <summary>What is wrong here, and what to do.</summary>
    internal QuantException Fault(Diagnostic cause, string problem) => cause.Fault($"{this}: {problem}", file: File);

    /// <summary>Refuses unless something holds that the rest of the document demands.</summary>
    internal void Demand(bool holds, FormattableString problem)
    {
        if (!holds)
            throw Fault(Diagnostics.PlanContradicts, $"{problem.ToString(CultureInfo.InvariantCulture)}; plan the layer again.");
    }

    /// <summary>The value of a name, or a refusal that lists the names.</summary>
    internal T Find<T>(NameTable<T> table, string name)
        where T : notnull =>
        table.TryFind(name, out var value)
            ? value
            : throw Fault(Diagnostics.FieldValueUnknown, $"`{name}` is no {table.What}; it is one of {string.Join(", ", table.All)}.");

    public override string ToString() => Field.Length == 0 ? File : $"{File}: {Field}";
}

/// <summary>What the core refuses of a document.</summary>
internal static class Places
{
    /// <summary>The value, or the refusal as bad input, told about the place given.</summary>
    internal static T OpenOrThrow<T>(this FSharpResult<T, Refusal> result, Place place) =>
        result.OpenOrThrow(place.ToString(), place.File);
}
