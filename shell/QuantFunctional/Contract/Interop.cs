using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Core;

namespace QuantFunctional;

/// <summary>The border to the F# core: the only place that knows its result type.</summary>
internal static class Interop
{
    /// <summary>Opens a result: true with its value, or false with the error.</summary>
    internal static bool TryOpen<T, TError>(
        this FSharpResult<T, TError> result,
        [NotNullWhen(true)] out T? value,
        [NotNullWhen(false)] out TError? error)
        where T : class
        where TError : class
    {
        value = result.IsOk ? result.ResultValue : null;
        error = result.IsOk ? null : result.ErrorValue;
        return result.IsOk;
    }

    /// <summary>The value, or the refusal as bad input, told about the place given.</summary>
    internal static T OpenOrThrow<T>(
        this FSharpResult<T, Refusal> result, string where, string? file = null, string? node = null) =>
        result.IsOk
            ? result.ResultValue
            : throw Diagnostics.Of(result.ErrorValue)
                .Fault(FaultKind.BadInput, $"{where}: {result.ErrorValue.Message}", file: file, node: node);
}
