namespace QuantFunctional;

/// <summary>What a user should know of a result that was made nevertheless.</summary>
/// <param name="Code">The code under which <see cref="Diagnostics.Of(string)"/> tells more.</param>
/// <param name="Message">What was found, as a sentence without its full stop.</param>
/// <param name="Node">The node, layer or tensor of the model to look at; null where it is about the whole.</param>
/// <param name="Remedy">What to do.</param>
public sealed record ReportWarning(string Code, string Message, string? Node, string Remedy)
{
    /// <summary>The message.</summary>
    public override string ToString() => Message;
}
