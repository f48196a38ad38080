namespace QuantFunctional.Onnx;

/// <summary>What became of a table whose rows the model gathers by its tokens.</summary>
/// <param name="Name">The name of the node that gathers them, else its first output.</param>
/// <param name="Table">The name of the table.</param>
/// <param name="Weights">The type of its numbers: int8, int4 or float.</param>
/// <param name="BlockSize">How many neighbouring numbers of a row share a step; null where all of them do, and in float.</param>
/// <param name="Rows">The number of rows: one for each token.</param>
/// <param name="Columns">The length of a row.</param>
/// <param name="SqnrDb">The power of the real numbers over that of their rounding, in decibels; null in float.</param>
/// <param name="Bytes">What the table takes in the file, its steps included.</param>
public sealed record EmbeddingSummary(
    string Name, string Table, string Weights, int? BlockSize, int Rows, int Columns, double? SqnrDb, long Bytes)
{
    /// <summary>The products that compute with the same table, which the files hold once; a model in memory holds it for each of them.</summary>
    public IReadOnlyList<string> SharedWith { get; init; } = [];

    /// <summary>Why it stays in float; null where it does not.</summary>
    public string? Reason { get; init; }
}
