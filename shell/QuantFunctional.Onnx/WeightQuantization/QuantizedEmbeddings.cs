using System.Collections;
using QuantFunctional.Documents;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>The embeddings of a model, what becomes of each, and of the products that share their tables.</summary>
internal sealed class QuantizedEmbeddings
{
    // as products of int4 have
    private const int UsualBlock = 32;

    // the first whose DequantizeLinear has blocks
    private const long OpsetOfBlocks = 21;

    private readonly IReadOnlyList<TokenEmbedding> _found;
    private readonly ProductTypes _types;
    private readonly bool _haveGroups;
    private readonly List<(TokenEmbedding Embedding, WeightOnlySummary Summary)> _planned = [];

    private QuantizedEmbeddings(IReadOnlyList<TokenEmbedding> found, WeightLayers layers, QuantizeWeightsRequest request)
    {
        (_found, _haveGroups) = (found, request.BlockSize is not null);
        var shared = found.SelectMany(one => one.Heads).ToHashSet<FoundLayer>(ReferenceEqualityComparer.Instance);
        Others = layers with
        {
            Found = [.. layers.Found.Where(layer => !shared.Contains(layer))],
            LeftInFloat =
            [
                .. found.Where(one => one.InFloat is not null).Select(one => new FloatNode(one.Name, "Gather", one.InFloat!)),
                .. layers.LeftInFloat,
            ],
        };
        _types = new ProductTypes(Others, request, new Dictionary<string, string>());
    }

    /// <summary>The products that share no table, and all that stays in float.</summary>
    internal WeightLayers Others { get; }

    /// <summary>Whether the result needs the opset that has blocks and int4.</summary>
    internal bool HaveBlocks => Written.Any() && _haveGroups;

    /// <summary>How many products share a table.</summary>
    internal int Heads => _found.Sum(one => one.Heads.Count);

    /// <summary>Whether any becomes integers.</summary>
    internal bool AreWritten => Written.Any();

    private IEnumerable<TokenEmbedding> Written => _found.Where(one => one.InFloat is null);

    /// <summary>Finds the embeddings of a prepared model.</summary>
    /// <param name="prepared">The model.</param>
    /// <param name="layers">Its products.</param>
    /// <param name="kept">Nodes to leave in float by name, with the reason.</param>
    /// <param name="request">What the embeddings are to become.</param>
    /// <exception cref="QuantException">int4 is asked for, which the model's operators cannot gather.</exception>
    internal static QuantizedEmbeddings Find(
        OnnxModel prepared, WeightLayers layers, IReadOnlyDictionary<string, string> kept, QuantizeWeightsRequest request)
    {
        var found = new TokenEmbeddings(prepared, layers, kept).Find(isInFloat: request.Embedding is null);
        var hasBlocks = request.Granularity is WeightGranularity.PerGroup || request.Embedding?.Bits == 4 || prepared.Opset >= OpsetOfBlocks;
        if (request.Embedding?.Bits == 4
            && found.FirstOrDefault(one => one.InFloat is null) is { } first
            && !prepared.Graph.Node.Any(node => node.Domain == EmbeddingWriter.ContribDomain))
        {
            throw Diagnostics.EmbeddingNotGathered.Fault(
                $"{prepared.Path}: node {first.Name} (Gather): ONNX gathers no int4, and the model has none of ONNX Runtime's own operators, "
                + "with which that can be done. Say --embedding int8, or build the model with them.",
                file: prepared.Path, node: first.Name);
        }

        return new QuantizedEmbeddings(found, layers, request with
        {
            Type = request.Embedding ?? request.Type,
            ZeroPoints = false,
            BlockSize = hasBlocks ? request.BlockSize ?? UsualBlock : null,
        });
    }

    /// <summary>Refuses a head that is to have 8 bits where its table is to have 4.</summary>
    /// <param name="types">What is asked for products.</param>
    /// <exception cref="QuantException">There is one.</exception>
    internal void RefuseFourBits(ProductTypes types)
    {
        if (Written.SelectMany(one => one.Heads).FirstOrDefault(head => types.WhyEightBits(head) is not null && _types.Of(head).Bits == 4) is { } head)
        {
            throw Diagnostics.OptionsExclude.Fault(
                $"--embedding int4 does not go with --keep-8-bit of node {head.Node.DisplayName()}, whose weights are the table of the embedding, stored once. "
                + "Leave one of them out.");
        }
    }

    /// <summary>Plans the tables and writes them into the prepared model, with the products that share them.</summary>
    internal void Write(OnnxModel prepared, Action<TensorProto> keep, CancellationToken cancel) =>
        EmbeddingWriter.Write(prepared, Written.Select(embedding => (embedding, Planned(embedding, cancel))), keep);

    /// <summary>The products that share a table, in short.</summary>
    internal IEnumerable<WeightOnlySummary> SharedProducts => _planned.SelectMany(planned => planned.Embedding.Heads.Select(head =>
        planned.Summary with { Name = head.Node.DisplayName(), Operator = head.Node.OpType }));

    /// <summary>The embeddings in short, each with its share of the file.</summary>
    internal IReadOnlyList<EmbeddingSummary> Summaries(StoredBytes stored) =>
    [
        .. _planned.Select(planned => new EmbeddingSummary(
            planned.Embedding.Name, planned.Embedding.Table.Name, planned.Summary.Weights, planned.Summary.BlockSize,
            planned.Embedding.Rows, planned.Embedding.Columns, planned.Summary.SqnrDb,
            planned.Embedding.Heads is [var head, ..]
                ? stored.OfProduct(head.Node.DisplayName())
                : stored.OfRows(planned.Embedding.Gathers[0].Output[0]))
        {
            SharedWith = [.. planned.Embedding.Heads.Select(head => head.Node.DisplayName())],
        }),
        .. _found.Where(one => one.InFloat is not null).Select(one => new EmbeddingSummary(
            one.Name, one.Table.Name, "float", null, one.Rows, one.Columns, null, stored.OfTensor(one.Table.Name)) { Reason = one.InFloat }),
    ];

    /// <summary>A document with the plans of the embeddings and the products that share them behind its own.</summary>
    internal PlanDocument With(PlanDocument document) => _planned.Count == 0
        ? document
        : document with
        {
            WeightOnlyLayers = new OneAfterTheOther(document.WeightOnlyLayers, new PlannedOneByOne(
                Others with { Found = [.. Written.SelectMany(one => one.Heads.Prepend(one.Alone))] }, _types)),
        };

    private WeightOnlyLayer Planned(TokenEmbedding embedding, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var layer = embedding.Planned;
        var planned = new PlannedWeights(layer, _types.Plan(layer));
        _planned.Add((embedding, planned.Summary()));
        Memory.LetGoOf(layer.Weight);
        return planned.Plan;
    }

    /// <summary>Two lists as one, neither of which is looked at before it has to be.</summary>
    private sealed class OneAfterTheOther(IReadOnlyList<NamedWeightOnlyPlan> first, IReadOnlyList<NamedWeightOnlyPlan> second)
        : IReadOnlyList<NamedWeightOnlyPlan>
    {
        public int Count => first.Count + second.Count;

        public NamedWeightOnlyPlan this[int index] => index < first.Count ? first[index] : second[index - first.Count];

        public IEnumerator<NamedWeightOnlyPlan> GetEnumerator() => first.Concat(second).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
