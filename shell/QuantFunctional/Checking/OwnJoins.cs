using QuantFunctional.Documents;

namespace QuantFunctional.Checking;

/// <summary>What the checker itself finds of a join: every pair of inputs through every arithmetic, nothing left out.</summary>
/// <remarks>It shares no code with the kernels that run: what an arithmetic is stands here a second time.</remarks>
internal sealed class OwnJoins
{
    private readonly CheckedJoin _join;
    private readonly List<(string Arithmetic, Func<int, int, int> Of)> _all;

    internal OwnJoins(CheckedJoin join)
    {
        _join = join;
        var several = join.Arithmetics.Count > 1;
        _all = several ? [.. join.Arithmetics.SelectMany(arithmetic => Kernels(join.Join, arithmetic))] : [];
    }

    /// <summary>What is not true of the claims.</summary>
    internal IEnumerable<string> Disputes(JoinCertificateReport claims)
    {
        var (disagreeing, spread) = Count();
        var (first, second) = (_join.Join.FirstValues, _join.Join.SecondValues);
        if (claims.Operator != (_join.Join.Operator.IsAdd ? "Add" : "Mul"))
            yield return $"it is no {claims.Operator}";
        if (!claims.Arithmetics.SequenceEqual(_join.Arithmetics.Select(arithmetic => Names.OperatorArithmetics[arithmetic])))
            yield return "it is to be the same in other arithmetics";
        if (claims.Pairs != first.Length * second.Length)
            yield return $"there are {first.Length * second.Length} pairs of inputs, not {claims.Pairs}";
        if (claims.Passed != (disagreeing == 0))
            yield return $"passed is claimed to be {claims.Passed}, but {disagreeing} pairs of inputs disagree";
        if (claims.Violations.Count != (disagreeing == 0 ? 0 : 1))
            yield return $"{claims.Violations.Count} violations are claimed, where {disagreeing} pairs of inputs disagree";
        foreach (var violation in claims.Violations)
        {
            var own = _all.Select(kernel => (kernel.Arithmetic, kernel.Of(violation.First, violation.Second))).ToList();
            var isPair = first.Contains(violation.First) && second.Contains(violation.Second);
            if (violation.Kind != "join-disagrees" || violation.Disagreeing != disagreeing)
                yield return $"{violation.Kind} of {violation.Disagreeing} pairs is claimed, {disagreeing} disagree";
            else if (!isPair || !own.SequenceEqual(violation.Results.Select(result => (result.Arithmetic, result.Stored))))
                yield return $"the stored inputs {violation.First} and {violation.Second} do not make what is claimed";
            else if (own.Max(result => result.Item2) - own.Min(result => result.Item2) != spread)
                yield return $"{violation.First} and {violation.Second} are not the inputs on which it disagrees most";
        }
    }

    private (int Disagreeing, int Spread) Count()
    {
        var (disagreeing, spread) = (0, 0);
        foreach (var a in _join.Join.FirstValues)
        {
            foreach (var b in _join.Join.SecondValues)
            {
                var (low, high) = (int.MaxValue, int.MinValue);
                foreach (var (_, kernel) in _all)
                {
                    var stored = kernel(a, b);
                    (low, high) = (Math.Min(low, stored), Math.Max(high, stored));
                }

                if (low >= high)
                    continue;
                disagreeing++;
                spread = Math.Max(spread, high - low);
            }
        }

        return (disagreeing, spread);
    }

    private static IEnumerable<(string, Func<int, int, int>)> Kernels(Join join, OperatorArithmetic arithmetic)
    {
        var name = Names.OperatorArithmetics[arithmetic];
        return join.Operator.IsAdd
            ? join.Runs.Select(runs => (name, OwnSums.Of(arithmetic, runs, join.First, join.Second, join.Output)))
            : [(name, OwnProducts.Of(arithmetic, join.First, join.Second, join.Output))];
    }
}
