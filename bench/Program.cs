using BenchmarkDotNet.Running;
using QuantFunctional.Bench;

if (BenchModel.All.Count == 0)
{
    Console.Error.WriteLine("No model to measure: neither ../shared/models nor samples/fashion/fashion.onnx is there.");
    return 2;
}

BenchmarkSwitcher.FromAssembly(typeof(CalibrationBench).Assembly).Run(args);
return 0;
