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
    internal QuantException(
        Diagnostic diagnostic, FaultKind kind, string message, string? file, string? node, string? remedy, Exception? inner)
        : base(message, inner) =>
        (Diagnostic, Kind, File, Node, Remedy) = (diagnostic, kind, file, node, remedy ?? diagnostic.Remedy);

    /// <summary>Who has to act.</summary>
    public FaultKind Kind { get; }

    /// <summary>The code of the cause, such as QF0106: the same for every message of it, whatever the words.</summary>
    public string Code => Diagnostic.Code;

    /// <summary>What is said of the cause in general.</summary>
    public Diagnostic Diagnostic { get; }

    /// <summary>The file to look at; null where it is about no file, or about an option.</summary>
    public string? File { get; }

    /// <summary>The node, layer or tensor of the model to look at; null where it is about none.</summary>
    public string? Node { get; }

    /// <summary>What to do.</summary>
    public string Remedy { get; }

    /// <summary>The same cause, told by those who know more of where it arose.</summary>
    internal QuantException Retold(string message, string? file = null, string? node = null) =>
        new(Diagnostic, Kind, message, file ?? File, node ?? Node, Remedy, this);
}
