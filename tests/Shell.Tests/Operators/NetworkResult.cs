using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;
using Shell.Tests.Support;

namespace Shell.Tests.Operators;

/// <summary>What became of a network.</summary>
/// <param name="Network">The network.</param>
/// <param name="Refusal">Why it was not quantized; empty where it was.</param>
/// <param name="SqnrDb">The least of its outputs' decibels to the float network.</param>
/// <param name="IsWarned">Whether the report warns of its outputs.</param>
/// <param name="NotIntegers">What does not run in integers; empty where all of it does, to every output.</param>
/// <param name="Differ">How many output elements of our own integers are not ONNX Runtime's.</param>
internal sealed record NetworkResult(
    OperatorNetwork Network, string Refusal, double SqnrDb, bool IsWarned, string NotIntegers, int Differ)
{
    /// <summary>Quantizes a network and runs it.</summary>
    internal static NetworkResult Of(OperatorNetwork network)
    {
        QuantizationReport report;
        try
        {
            report = OnnxQuantizer.QuantizeAsync(new QuantizeRequest
            {
                Model = network.Model.ToBytes(),
                Calibration = SampleData.From(network.Samples),
            }).GetAwaiter().GetResult();
        }
        catch (QuantException refused)
        {
            return new NetworkResult(network, refused.Message, double.NaN, false, "", 0);
        }

        // an output that is the same for all samples says nothing of its noise
        var outputs = report.Check?.Outputs.Select(output => output.SqnrDb).ToList() ?? [];
        var warned = report.Warnings.Any(warning => warning.Code == Diagnostics.MostlyRounding.Code || warning.Code == Diagnostics.MuchRounding.Code
            || warning.Code == Diagnostics.NotChecked.Code);
        var model = OnnxModel.Load(report.QuantizedModel);
        var own = IntegerModel.Load(model, new ReadingTarget(null, HostProcessor.Profile, KeepsSigned: true));
        try
        {
            own.RequireIntegers();
        }
        catch (QuantException why)
        {
            return new NetworkResult(network, "", outputs.DefaultIfEmpty(double.NaN).Min(), warned, why.Message, 0);
        }

        return new NetworkResult(
            network, "", outputs.DefaultIfEmpty(double.NaN).Min(), warned, "", network.Samples.Sum(sample => Differing(model, own, sample)));
    }

    private static int Differing(OnnxModel model, IntegerModel own, Sample sample)
    {
        var inputs = sample.Inputs.ToDictionary(
            input => input.Key,
            input => new FloatTensor([.. input.Value.Shape.Select(size => (int)size)], [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(input.Value.Bytes.Span)]));
        var outputs = own.Run(inputs.ToDictionary(
            input => input.Key, input => new RealArray<float>(input.Value.Values, input.Value.Dims))).Outputs;
        return Run.Model(model.ToBytes(), inputs, OrtSessions.IntegerKernels).Sum(theirs =>
        {
            var mine = outputs[theirs.Key];
            return mine.Shape.SequenceEqual(theirs.Value.Dims)
                ? theirs.Value.Values.Zip(mine.Values.ToArray()).Count(pair => pair.First != pair.Second)
                : int.MaxValue / 64;
        });
    }
}
