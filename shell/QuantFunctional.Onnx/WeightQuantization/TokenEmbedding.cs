using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>A table whose rows the model gathers by its tokens.</summary>
/// <param name="Table">The initializer: a row for each token.</param>
/// <param name="Gathers">The nodes that gather its rows.</param>
/// <param name="InFloat">Why it stays in float; null where it becomes integers.</param>
internal sealed record TokenEmbedding(TensorProto Table, IReadOnlyList<NodeProto> Gathers, string? InFloat)
{
    /// <summary>The products that multiply by the same table, which the result holds once.</summary>
    internal IReadOnlyList<FoundLayer> Heads { get; init; } = [];

    /// <summary>How many axes what it is gathered by has; null where that is not known.</summary>
    internal int? RankOfTokens { get; init; }

    internal string Name => Gathers[0].DisplayName();

    internal int Rows => (int)Table.Dims[0];

    internal int Columns => (int)Table.Dims[1];

    /// <summary>What is planned: the product that has the same numbers, else the table as if each row were an output channel.</summary>
    internal FoundLayer Planned => Heads is [var head, ..] ? head : Alone;

    /// <summary>The table by itself.</summary>
    internal FoundLayer Alone => new(Gathers[0], Table, WeightLayout.OI, 0, []);
}
