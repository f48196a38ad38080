using System.Collections.Immutable;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>An Add or Mul of the model with its output's step.</summary>
/// <param name="Node">The node.</param>
/// <param name="Raise">By how many 2^−15 the step is raised above what the observed range asks for.</param>
/// <param name="StepBefore">The step that the observed range asks for.</param>
/// <param name="StepAfter">The step as the file holds it.</param>
internal sealed record PlannedJoin(IntegerNode Node, int Raise, double StepBefore, double StepAfter);

/// <summary>
/// Plans the joins and the tables of a scheme: raises the steps of their outputs until every arithmetic of the target makes
/// the same of every pair of stored inputs, and no entry of a table lies near a tie.
/// </summary>
internal sealed class JoinPlans
{
    private readonly Scheme _scheme;
    private readonly TensorEncodings _encodings;
    private readonly ImmutableArray<OperatorArithmetic> _arithmetics;
    private readonly List<IntegerNode> _joins;
    private readonly List<IntegerNode> _tables;

    private JoinPlans(Scheme scheme, TensorEncodings encodings, ImmutableArray<OperatorArithmetic> arithmetics)
    {
        _scheme = scheme;
        _encodings = encodings;
        _arithmetics = arithmetics;
        _joins = [.. scheme.Integers.Where(node => node.Node.OpType is "Add" or "Mul" && node is { Layer: null, Chain: null })];
        _tables = [.. scheme.Integers.Where(node => node.Kernel == IntegerKernel.Table)];
    }

    /// <summary>Raises the steps that joins need, before the layers that read or write them are planned.</summary>
    /// <returns>The joins in the order of the data, and those that cannot be planned with the reason.</returns>
    internal static (IReadOnlyList<PlannedJoin> Plans, IReadOnlyDictionary<string, string> Refused) Make(
        Scheme scheme, TensorEncodings encodings, PlanOptions options, ActivationStorage storage)
    {
        var plans = new JoinPlans(scheme, encodings, options.Profile.BetweenLayers);
        if (!storage.HasKernels)
            return ([], ImmutableDictionary<string, string>.Empty);
        var refused = plans.Settle();
        return ([.. plans._joins.Select(plans.Planned)], refused);
    }

    /// <summary>
    /// Goes through the groups of outputs in the order of the data, so that the steps of the inputs are there before; where
    /// groups depend on each other in a circle, until nothing changes any more.
    /// </summary>
    private Dictionary<string, string> Settle()
    {
        var groups = _joins.Concat(_tables).GroupBy(join => _encodings.GroupOf(join.Outputs[0])).ToList();
        var seen = new Dictionary<string, string>();
        var restless = new List<IGrouping<string, IntegerNode>>();
        for (var pass = 0; pass <= groups.Count + 1; pass++)
        {
            restless.Clear();
            foreach (var group in groups)
            {
                var inputs = string.Join(' ', group.SelectMany(join => join.Inputs)
                    .Where(input => _encodings.GroupOf(input) != group.Key)
                    .Select(_encodings.RaiseOf));
                if (seen.TryGetValue(group.Key, out var before) && before == inputs)
                    continue;
                seen[group.Key] = inputs;
                restless.Add(group);
                var smallest = Smallest(group);
                if (smallest.Raise is not { } raise)
                    return Refuse(Culprit(group), smallest.Why);
                _encodings.Raise(group.Key, raise);
            }

            if (restless.Count == 0)
                return [];
        }

        return Refuse(restless[0].First(), "the steps of joins that depend on each other in a circle do not come to rest");
    }

    /// <summary>The smallest raise at which all joins agree and all tables are clear of ties; why there is none.</summary>
    private (int? Raise, string Why) Smallest(IEnumerable<IntegerNode> nodes)
    {
        var (joins, tables) = (nodes.Except(_tables).ToList(), nodes.Intersect(_tables).ToList());
        for (var raise = 0; raise <= FSharp.JoinSteps.most; raise++)
        {
            var from = raise;
            var agreed = FSharp.JoinSteps.smallest(_arithmetics, more => joins.Select(join => At(join, from + more)));
            if (!agreed.IsOk)
                return (null, agreed.ErrorValue.Message);
            raise += agreed.ResultValue;
            if (tables.All(table => IsClear(table, raise)))
                return (raise, "");
        }

        return (null, "its table has an entry without a value, or with every step that was tried one near a tie");
    }

    private bool IsClear(IntegerNode table, int raise)
    {
        var (input, output) = (
            ActivationStorage.Of8Bits(_encodings.Of(table.Inputs[0])), ActivationStorage.Of8Bits(_encodings.At(table.Outputs[0], raise)));
        return (table.Chain is { } chain
            ? FunctionTable.Of(chain, _scheme.Index, input, output)
            : FunctionTable.Of(table.Node, _scheme.Index, input, output)) is not null;
    }

    /// <summary>The node of a group that finds no step by itself; the last one, where each does but not all together.</summary>
    private IntegerNode Culprit(IEnumerable<IntegerNode> group) =>
        group.FirstOrDefault(node => Smallest([node]).Raise is null) ?? group.Last();

    private static Dictionary<string, string> Refuse(IntegerNode join, string why) =>
        new() { [join.Node.DisplayName()] = $"it cannot be planned: {why}" };

    /// <summary>A join with the step of its output's group raised.</summary>
    private Join At(IntegerNode node, int raise)
    {
        var group = _encodings.GroupOf(node.Outputs[0]);
        var (one, other) = (node.Inputs[0], node.Inputs[1]);
        return new Join(
            node.Node.OpType == "Add" ? JoinOperator.Add : JoinOperator.Mul,
            ActivationStorage.Of8Bits(EncodingOf(one)),
            ActivationStorage.Of8Bits(EncodingOf(other)),
            ActivationStorage.Of8Bits(EncodingOf(node.Outputs[0])),
            Values(one),
            Values(other),
            JoinShapes.Possible(_scheme.Dims(one), _scheme.Dims(other)));

        Encoding EncodingOf(string tensor) =>
            _encodings.At(tensor, _encodings.GroupOf(tensor) == group ? raise : _encodings.RaiseOf(tensor));

        ImmutableArray<int> Values(string tensor) => _scheme.Index.Initializer(tensor) is { } constant
            ? [.. ActivationStorage.Stored8Bits(EncodingOf(tensor), TensorData.Floats(constant)).Distinct().Order()]
            : [.. Enumerable.Range(byte.MinValue, byte.MaxValue + 1)];
    }

    private PlannedJoin Planned(IntegerNode node)
    {
        var output = node.Outputs[0];
        return new PlannedJoin(
            node, _encodings.RaiseOf(output), _encodings.At(output, 0).StepSize, _encodings.Of(output).StepSize);
    }
}
