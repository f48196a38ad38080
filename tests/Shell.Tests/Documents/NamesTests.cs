using System.Collections;
using System.Reflection;
using QuantFunctional;
using QuantFunctional.Documents;
using Xunit;

namespace Shell.Tests.Documents;

/// <summary>The names of a document are part of its format: each case of each union has one, and it stays.</summary>
public sealed class NamesTests
{
    [Fact]
    public void Every_case_without_data_has_a_name_and_finds_its_way_back()
    {
        var tables = typeof(Names).GetProperties(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(property => property.GetValue(null)!)
            .ToList();
        Assert.Equal(17, tables.Count);
        foreach (var table in tables)
        {
            var union = table.GetType().GetGenericArguments()[0];
            typeof(NamesTests).GetMethod(nameof(EveryCase), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(union)
                .Invoke(null, [table]);
        }
    }

    [Fact]
    public void The_names_of_cases_that_carry_data_are_those_of_version_1()
    {
        Assert.Equal(["planned", "retried", "refused"], Names.CasesOf<AttemptOutcome>());
        Assert.Equal(["off", "from-mean-input", "from-mean-output"], Names.CasesOf<BiasCorrection>());
        Assert.Equal(["integer", "single24"], Names.CasesOf<MultiplierForm>());
        Assert.Equal(
            ["dead-channels", "constant-output", "output-scale-reduced", "output-widened"], Names.CasesOf<Warning>());
        Assert.Equal(["per-tensor", "per-channel", "per-group"], Names.CasesOf<WeightGranularity>());
        Assert.Contains("product-overflow", Names.CasesOf<Refusal>());
        Assert.Contains("relu-on32-bits", Names.CasesOf<Refusal>());
    }

    [Fact]
    public void A_refused_layer_is_told_with_every_attempt_and_its_numbers()
    {
        var refusal = RefusalReport.Of(Refusal.NewBiasOverflow(3, 1e12, 2147483647));
        Assert.Equal(("bias-overflow", 3, 1e12, 2147483647.0), (refusal.Kind, refusal.Channel, refusal.Value, refusal.Limit));
        Assert.Contains("channel 3", refusal.Message, StringComparison.Ordinal);
        Assert.Null(RefusalReport.Of(Refusal.NewBiasOverflow(3, double.PositiveInfinity, 1)).Value);
        Assert.Equal("relu-on32-bits", RefusalReport.Of(Refusal.ReluOn32Bits).Kind);
    }

    // a case with data beside cases without is a name for each of its values: it is in the table too
    private static void EveryCase<T>(NameTable<T> table)
        where T : notnull
    {
        var values = typeof(T).GetProperties(BindingFlags.Static | BindingFlags.Public)
            .Where(property => property.PropertyType == typeof(T))
            .Select(property => (T)property.GetValue(null)!)
            .ToList();
        Assert.NotEmpty(values);
        Assert.All(values, value => Assert.True(table.TryFind(table[value], out var found) && found.Equals(value)));
        var cases = ((ICollection)typeof(T).GetNestedType("Tags")!.GetFields()).Count;
        Assert.True(table.All.Count() >= cases, $"{typeof(T).Name} has {cases} cases, the table {table.All.Count()}");
        Assert.Equal(table.All.Count(), table.All.Distinct().Count());
    }
}
