namespace QuantFunctional;

/// <summary>What a diagnostic stops.</summary>
public enum DiagnosticKind
{
    /// <summary>The input, an option or a file is wrong; nothing was written.</summary>
    BadInput,

    /// <summary>The input is sound, but the work could not be done.</summary>
    Failed,

    /// <summary>Nothing: the work was done, and a user should know something of its result.</summary>
    Warning,
}

/// <summary>One cause that this library can tell a user of, under a code that never changes its meaning.</summary>
/// <remarks>A message names what was found; a diagnostic says in general when that happens, and what to do.</remarks>
public sealed class Diagnostic
{
    internal Diagnostic(string code, DiagnosticKind kind, string title, string meaning, string remedy) =>
        (Code, Kind, Title, Meaning, Remedy) = (code, kind, title, meaning, remedy);

    /// <summary>QF and four digits, of which the first two are the area.</summary>
    public string Code { get; }

    /// <summary>What it stops.</summary>
    public DiagnosticKind Kind { get; }

    /// <summary>The cause in a few words.</summary>
    public string Title { get; }

    /// <summary>When it appears, and why it matters.</summary>
    public string Meaning { get; }

    /// <summary>What to do in general.</summary>
    public string Remedy { get; }

    /// <summary>The code and the title.</summary>
    public override string ToString() => $"{Code} {Title}";

    /// <summary>An exception of this cause.</summary>
    /// <param name="message">What was found where, as a sentence or more.</param>
    /// <param name="file">The file to look at.</param>
    /// <param name="node">The node, layer or tensor of the model to look at.</param>
    /// <param name="remedy">What to do here, where that is more than can be said in general.</param>
    /// <param name="inner">What was caught.</param>
    internal QuantException Fault(
        string message, string? file = null, string? node = null, string? remedy = null, Exception? inner = null) =>
        Fault(Kind == DiagnosticKind.Failed ? FaultKind.Failed : FaultKind.BadInput, message, file, node, remedy, inner);

    /// <summary>An exception of this cause, where the same cause is now bad input and now a failure.</summary>
    internal QuantException Fault(
        FaultKind kind, string message, string? file = null, string? node = null, string? remedy = null, Exception? inner = null) =>
        new(this, kind, message, file, node, remedy, inner);

    /// <summary>A warning of this cause.</summary>
    internal ReportWarning Warn(string message, string? node = null, string? remedy = null) =>
        new(Code, message, node, remedy ?? Remedy);
}
