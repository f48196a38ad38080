using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace QuantFunctional;

/// <summary>Every cause that this library and its command line tell a user of. Numbers are never used again.</summary>
public static partial class Diagnostics
{
    private static readonly Lazy<IReadOnlyList<Diagnostic>> Catalogue = new(() =>
    [
        .. typeof(Diagnostics).GetFields(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(field => field.FieldType == typeof(Diagnostic) ? field.GetValue(null) : null)
            .OfType<Diagnostic>()
            .OrderBy(diagnostic => diagnostic.Code, StringComparer.Ordinal),
    ]);

    /// <summary>All of them, by code.</summary>
    public static IReadOnlyList<Diagnostic> All => Catalogue.Value;

    /// <summary>The one of a code, such as QF0106.</summary>
    /// <exception cref="ArgumentException">There is no such code.</exception>
    public static Diagnostic Of(string code) =>
        TryFind(code, out var diagnostic) ? diagnostic : throw new ArgumentException($"'{code}' is no diagnostic.", nameof(code));

    /// <summary>Finds the one of a code.</summary>
    public static bool TryFind(string code, [NotNullWhen(true)] out Diagnostic? diagnostic)
    {
        diagnostic = All.FirstOrDefault(known => known.Code == code);
        return diagnostic is not null;
    }

    /// <summary>Why a layer cannot be planned.</summary>
    internal static Diagnostic Of(Refusal refusal) => Of(refusal.Code);

    /// <summary>Why a layer cannot be run on an input.</summary>
    internal static Diagnostic Of(ExecutionFault fault) => fault switch
    {
        ExecutionFault.Overflow => IntermediateOverflows,
        ExecutionFault.InputOutOfRange => InputOutOfRange,
        _ => InputShapeNotRun,
    };
}
