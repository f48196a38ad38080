using QuantFunctional;
using QuantFunctional.Checking;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Execution;

/// <summary>The Adds and Muls of a model, and whether the processors make the same of them.</summary>
public class JoinReadingTests
{
    private static readonly OperatorArithmetic[] One = [OperatorArithmetic.OnnxRuntimeArm64];

    private static ModelBuilder Halves(string op, float output = 0.04f) => new ModelBuilder()
        .Input("a", -1, 4, 8, 8).Input("b", -1, 4, 8, 8)
        .Pair("a", "aq", 0.02f, 100).Pair("b", "bq", 0.02f, 7)
        .Node(op, ["aq", "bq"], "y", node => node.Name = "join")
        .Pair("y", "yq", output, 31).Output("yq", -1, 4, 8, 8);

    [Fact]
    public void A_join_of_steps_a_half_apart_disagrees_and_its_witness_is_what_the_processors_make()
    {
        var model = IntegerModel.Load(Halves("Add").Build());
        var join = Assert.Single(model.Joins);
        Assert.Equal(("join", "Add"), (join.Name, join.Operator));
        Assert.Equal([JoinRuns.Alike], join.Join.Runs.ToArray());
        Assert.Equal(["aq.integers", "bq.integers", "yq.integers"], [.. join.Inputs, join.Output]);

        var report = model.Certify();
        var found = Assert.Single(report.Joins);
        Assert.False(report.Passed || found.Passed);
        Assert.Equal(65536, found.Pairs);
        var violation = Assert.Single(found.Violations);
        Assert.Equal("join-disagrees", violation.Kind);
        Assert.InRange(violation.Disagreeing, 8000, 40000);
        Assert.Equal(model.BetweenLayers.Count, violation.Results.Count);
        var stored = violation.Results.Select(result => result.Stored).ToList();
        Assert.Equal(1, stored.Max() - stored.Min());
        foreach (var (result, arithmetic) in violation.Results.Zip(model.BetweenLayers))
        {
            var own = Fs.JoinKernels.ofJoin(arithmetic, join.Join).Single();
            Assert.Equal(own.Invoke(violation.First).Invoke(violation.Second), result.Stored);
        }
    }

    [Fact]
    public void One_arithmetic_has_nobody_to_disagree_with()
    {
        var join = Assert.Single(IntegerModel.Load(Halves("Add").Build()).Joins);
        Assert.True(join.Certify(One).Passed);
        Assert.True(IntegerModel.Load(Halves("Add").Build(), Fs.BackendProfile.OnnxRuntimeVnni).Certify().Passed);
    }

    [Theory]
    [InlineData("Add", 0.04f)]
    [InlineData("Add", 0.0313f)]
    [InlineData("Mul", 0.0017f)]
    [InlineData("Mul", 0.00041f)]
    public void What_is_found_of_joins_is_confirmed_by_the_checkers_own_arithmetic(string op, float output)
    {
        var model = IntegerModel.Load(Halves(op, output).Build());
        Assert.Empty(CertificateChecker.Disputes(model.Certify(), model.ToChecked()));
    }

    [Fact]
    public void A_false_claim_of_a_join_is_disputed()
    {
        var model = IntegerModel.Load(Halves("Add").Build());
        var report = model.Certify();
        var join = report.Joins[0];
        var violation = join.Violations[0];
        JoinCertificateReport[] untrue =
        [
            join with { Name = "another" },
            join with { Operator = "Mul" },
            join with { Passed = true },
            join with { Arithmetics = [.. join.Arithmetics.Reverse()] },
            join with { Pairs = 256 },
            join with { Violations = [] },
            join with { Violations = [violation with { Disagreeing = violation.Disagreeing + 1 }] },
            join with { Violations = [violation with { Kind = "overflow" }] },
            join with { Violations = [violation with { First = violation.First + 1 }] },
            join with { Violations = [violation with { Second = 300 }] },
            join with { Violations = [violation with { Results = [.. violation.Results.Skip(1)] }] },
        ];

        Assert.Empty(CertificateChecker.Disputes(report, model.ToChecked()));
        Assert.All(untrue, claim =>
            Assert.NotEmpty(CertificateChecker.Disputes(report with { Joins = [claim] }, model.ToChecked())));
        Assert.Equal(["join"], CertificateChecker.NotCovered(report with { Joins = [] }, model.ToChecked()));
    }

    [Fact]
    public void A_constant_counts_with_the_values_that_it_has()
    {
        var model = new ModelBuilder().Input("a", 1, 4).Pair("a", "aq", 0.02f, 100);
        model.Initializer(TensorData.Make("c.integers", [4], (byte[])[3, 9, 9, 250]))
            .Floats("c.step", [], 0.02f).Initializer(TensorData.Make("c.zero", [], (byte[])[7]))
            .Node("DequantizeLinear", ["c.integers", "c.step", "c.zero"], "c")
            .Node("Add", ["aq", "c"], "y").Pair("y", "yq", 0.04f, 31).Output("yq", 1, 4);

        var join = Assert.Single(IntegerModel.Load(model.Build()).Joins);
        Assert.Equal([3, 9, 250], join.Join.SecondValues.ToArray());
        Assert.Equal(256 * 3, Assert.Single(IntegerModel.Load(model.Build()).Certify().Joins).Pairs);
    }

    [Fact]
    public void Integers_of_16_bits_are_no_join_of_bytes()
    {
        var model = new ModelBuilder(opset: 21, ir: 10).Input("a", 1, 4);
        model.Floats("s", [], 0.001f).Initializer(TensorData.Make("z", [], (short[])[0]))
            .Node("QuantizeLinear", ["a", "s", "z"], "ai").Node("DequantizeLinear", ["ai", "s", "z"], "aq")
            .Node("Add", ["aq", "aq"], "y")
            .Node("QuantizeLinear", ["y", "s", "z"], "yi").Node("DequantizeLinear", ["yi", "s", "z"], "yq")
            .Output("yq", 1, 4);

        Assert.Empty(IntegerModel.Load(model.Build()).Joins);
    }
}
