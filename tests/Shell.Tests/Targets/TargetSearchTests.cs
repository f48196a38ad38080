using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Codes;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Targets;

/// <summary>A target is met with as few multiply-adds in float as it takes, or the best is given.</summary>
public sealed class TargetSearchTests : IDisposable
{
    private readonly WideTensor _network = new();

    public void Dispose() => _network.Dispose();

    [Fact]
    public void The_bad_layers_are_left_in_float_and_no_other_one()
    {
        var report = _network.Quantized(_network.Request(30));

        var target = report.Target!;
        Assert.True(target.IsMet);
        Assert.Equal(SearchEnd.Itself, target.EndedBy);
        Assert.Equal(WideTensor.Bad, target.Result.InFloat.Order(StringComparer.Ordinal));
        Assert.Equal(["expanding", "reducing"], report.Layers.Select(layer => layer.Name));
        Assert.All(WideTensor.Bad, name => Assert.Equal("left in float to meet the target", report.LeftInFloat.Single(node => node.Name == name).Reason));
        // by hand: 16*64 + 64*16 of these, and 16*4 + 4*8 more
        Assert.Equal((2048L, 2144L), (target.Result.IntegerMultiplyAdds, target.MultiplyAdds));
        Assert.Equal(2048.0 / 2144, target.ShareOf(target.Result));
        Assert.Empty(target.Evaluations[0].InFloat);
        Assert.True(target.Evaluations[0].Reached < 30 && target.Result.Reached >= 30);
        Assert.Equal(target.Evaluations[0], target.Frontier()[0]);
        Assert.Contains(target.Result, target.Frontier());
        Assert.Equal(32, target.Samples);
        Assert.Equal(_network.Folder.File("out.onnx.work"), target.WorkFolder);
        // the check runs on a few of the samples alone
        Assert.Equal(target.Result.Reached, report.Check!.Outputs[0].SqnrDb, 4.0);
    }

    [Fact]
    public void A_target_that_integers_meet_leaves_nothing_in_float()
    {
        var plain = _network.Quantized(_network.Request(0, "plain.onnx") with { Target = null });
        var report = _network.Quantized(_network.Request(-20));

        Assert.Null(plain.Target);
        Assert.Single(report.Target!.Evaluations);
        Assert.True(report.Target.IsMet);
        Assert.Equal(report.Target.MultiplyAdds, report.Target.Result.IntegerMultiplyAdds);
        Assert.Equal(File.ReadAllBytes(plain.OutputPath!), File.ReadAllBytes(report.OutputPath!));
    }

    [Fact]
    public void Where_no_network_meets_it_the_best_is_written()
    {
        var report = _network.Quantized(_network.Request(300));

        var target = report.Target!;
        Assert.False(target.IsMet);
        Assert.Equal(SearchEnd.Itself, target.EndedBy);
        Assert.Equal(target.Evaluations.Max(one => one.Reached), target.Result.Reached);
        Assert.True(target.Result.Reached > target.Evaluations[0].Reached + 10);
        Assert.True(File.Exists(report.OutputPath));
    }

    [Fact]
    public void A_search_ends_after_so_many_networks_or_so_much_time()
    {
        var two = _network.Quantized(_network.Request(300) with { Target = Target(300) with { Evaluations = 2 } }).Target!;
        var short_ = _network.Quantized(
            _network.Request(300, "short.onnx") with { Target = Target(300) with { Budget = TimeSpan.FromTicks(1) } }).Target!;

        Assert.Equal((2, SearchEnd.Evaluations), (two.Evaluations.Count, two.EndedBy));
        Assert.Equal((1, SearchEnd.Budget), (short_.Evaluations.Count, short_.EndedBy));
    }

    [Fact]
    public void Agreement_is_a_target_too_and_in_memory_nothing_is_kept()
    {
        var before = Directory.GetFileSystemEntries(_network.Folder.Path);
        var report = _network.Quantized(new QuantizeRequest
        {
            Model = ModelSource.FromBytes(File.ReadAllBytes(_network.Model), "memory"),
            Calibration = _network.Data,
            Ranges = RangeMethod.MinMax,
            Target = new QuantizationTarget(TargetKind.Agreement, 0.95),
        });

        Assert.True(report.Target!.IsMet);
        Assert.InRange(report.Target.Result.Reached, 0.95, 1);
        Assert.InRange(report.Target.Evaluations[0].Reached, 0, 0.94);
        Assert.Null(report.Target.WorkFolder);
        Assert.Equal(before, Directory.GetFileSystemEntries(_network.Folder.Path));
    }

    [Fact]
    public void Targets_that_nothing_can_be_searched_for_are_refused()
    {
        Asked(Diagnostics.OptionValueWrong, Target(double.NaN));
        Asked(Diagnostics.OptionValueWrong, new QuantizationTarget(TargetKind.Agreement, 98));
        Asked(Diagnostics.OptionValueWrong, new QuantizationTarget(TargetKind.Drop, -1));
        Asked(Diagnostics.OptionValueWrong, Target(30) with { Evaluations = 0 });
        Asked(Diagnostics.OptionValueWrong, Target(30) with { Budget = TimeSpan.Zero });
        Asked(Diagnostics.OptionNeedsAnother, new QuantizationTarget(TargetKind.Drop, 1));
        Asked(Diagnostics.TargetOfOtherKind, Target(30) with { WorkFolder = _network.Model });
        Asked(Diagnostics.TargetFolderMissing, Target(30) with { WorkFolder = _network.Folder.File("no", "where") });
        Provoke.Refused(Diagnostics.OptionNeedsAnother, () => OnnxQuantizer.QuantizeAsync(
            _network.Request(30) with { Target = new QuantizationTarget(TargetKind.Drop, 1), Comparison = _network.Data }));
        Assert.Equal(["model.onnx", "samples.npz"], Directory.EnumerateFileSystemEntries(_network.Folder.Path).Select(Path.GetFileName).Order());
    }

    private void Asked(Diagnostic cause, QuantizationTarget target) =>
        Provoke.Refused(cause, () => OnnxQuantizer.QuantizeAsync(_network.Request(30) with { Target = target }));

    private static QuantizationTarget Target(double decibels) => new(TargetKind.Sqnr, decibels);
}
