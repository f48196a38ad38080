namespace QuantFunctional;

/// <summary>Who has to act on a <see cref="QuantException"/>.</summary>
public enum FaultKind
{
    /// <summary>The input, an option or a file is wrong; nothing was written.</summary>
    BadInput,

    /// <summary>The input is sound, but the work could not be done.</summary>
    Failed,
}

/// <summary>The one exception that this library throws for a failure that a caller can expect.</summary>
/// <remarks>The message names the file, the field or node, what was found, and what to do.</remarks>
public sealed class QuantException : Exception
{
    /// <summary>A fault of the given kind, told in one sentence.</summary>
    public QuantException(FaultKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>Who has to act.</summary>
    public FaultKind Kind { get; }

    internal static QuantException BadInput(string message, Exception? inner = null) =>
        new(FaultKind.BadInput, message, inner);

    internal static QuantException Failed(string message, Exception? inner = null) =>
        new(FaultKind.Failed, message, inner);
}
