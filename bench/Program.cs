using System.Globalization;
using BenchmarkDotNet.Running;
using QuantFunctional.Bench;

if (args is ["planning"])
    return PlanningWidths.Measure();

if (args is ["planning-pairs"])
    return PairLimitCost.Measure();

if (args is ["executor"])
{
    BenchmarkRunner.Run<ExecutorBench>();
    return 0;
}

if (args is ["joins"])
{
    BenchmarkRunner.Run<JoinBench>();
    return 0;
}

if (args is ["large"] or ["large", _])
    return LargeModelRun.Measure(args is [_, var gigabytes] ? double.Parse(gigabytes, CultureInfo.InvariantCulture) : 6);

if (args is ["large-of", var largeModel, var result])
    return LargeModelRun.Child(largeModel, result);

if (args is ["decoder", var decoderFolder, "small" or "large", ..])
{
    DecoderModel.Write(
        decoderFolder,
        args[2] == "small" ? DecoderShape.Small : DecoderShape.Large,
        isTied: args.Contains("tied"),
        isOneFile: args.Contains("one-file"));
    return 0;
}

if (BenchModel.All.Count == 0 && !args.Contains(PlanningWidths.Filter))
{
    Console.Error.WriteLine("No model to measure: neither ../shared/models nor samples/fashion/fashion.onnx is there.");
    return 2;
}

switch (args)
{
    case ["memory"]:
        PeakMemory.Compare();
        break;
    case ["calibration"]:
        CalibrationRatio.Run(seconds: 15);
        break;
    case ["memory-of", var model, var samples]:
        PeakMemory.Child(model, samples);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(CalibrationBench).Assembly).Run(args);
        break;
}

return 0;
