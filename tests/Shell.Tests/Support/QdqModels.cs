using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;
using Xunit;

namespace Shell.Tests.Support;

/// <summary>Quantized models under construction, and whether two engines agree on them.</summary>
internal static class QdqModels
{
    /// <summary>A QuantizeLinear and a DequantizeLinear behind a tensor.</summary>
    internal static ModelBuilder Pair(
        this ModelBuilder model, string tensor, string output, float step, int zero, bool signed = false)
    {
        model.Floats($"{output}.step", [], step);
        model.Initializer(signed
            ? TensorData.Make($"{output}.zero", [], [(sbyte)zero])
            : TensorData.Make($"{output}.zero", [], [(byte)zero]));
        string[] parameters = [$"{output}.step", $"{output}.zero"];
        return model
            .Node("QuantizeLinear", [tensor, .. parameters], $"{output}.integers")
            .Node("DequantizeLinear", [$"{output}.integers", .. parameters], output);
    }

    /// <summary>int8 weights behind a DequantizeLinear, one step for the tensor or one for each index of an axis.</summary>
    internal static ModelBuilder Weights(this ModelBuilder model, string name, long[] dims, sbyte[] values, float[] steps, int axis)
    {
        long[] shape = steps.Length == 1 ? [] : [steps.Length];
        return model
            .Initializer(TensorData.Make($"{name}.integers", dims, values))
            .Floats($"{name}.step", shape, steps)
            .Initializer(TensorData.Make($"{name}.zero", shape, new sbyte[steps.Length]))
            .Node("DequantizeLinear", [$"{name}.integers", $"{name}.step", $"{name}.zero"], name, node => node.SetInt("axis", axis));
    }

    /// <summary>An int32 bias behind a DequantizeLinear.</summary>
    internal static ModelBuilder Bias(this ModelBuilder model, string name, int[] values, float[] steps)
    {
        long[] shape = steps.Length == 1 ? [] : [steps.Length];
        return model
            .Initializer(TensorData.Make($"{name}.integers", [values.Length], values))
            .Floats($"{name}.step", shape, steps)
            .Node("DequantizeLinear", [$"{name}.integers", $"{name}.step"], name, node => node.SetInt("axis", 0));
    }

    /// <summary>
    /// Asserts that our integers and ONNX Runtime's give the same outputs on the processor at hand, bit for bit, and gives the
    /// model.
    /// </summary>
    internal static IntegerModel ExpectAgreement(this OnnxModel model, IReadOnlyDictionary<string, FloatTensor> inputs)
    {
        var own = IntegerModel.Load(model, new ReadingTarget(null, HostProcessor.Profile, KeepsSigned: true));
        var outputs = own.Run(inputs.ToDictionary(
            input => input.Key, input => new RealArray<float>(input.Value.Values, input.Value.Dims))).Outputs;
        foreach (var (name, theirs) in Run.Model(model.ToBytes(), inputs, OrtSessions.IntegerKernels))
        {
            Assert.Equal(theirs.Dims, outputs[name].Shape);
            Assert.Equal(theirs.Values, outputs[name].Values.ToArray());
        }

        return own;
    }

    /// <summary>Asserts agreement on random inputs.</summary>
    internal static IntegerModel ExpectAgreement(this ModelBuilder builder, float low = -4, float high = 4, int seed = 1)
    {
        var model = builder.Build();
        return model.ExpectAgreement(Run.RandomInputs(model, seed, low, high));
    }

    /// <summary>Asserts that ONNX Runtime runs a model on integers alone: no float operator stays.</summary>
    internal static void ExpectIntegerKernels(this ModelBuilder builder)
    {
        var (session, optimized) = OptimizedGraph.Open(builder.Build(), OrtSessions.IntegerKernels);
        session.Dispose();
        Assert.All(
            optimized!.Graph.Node.Select(node => node.OpType),
            type => Assert.DoesNotContain(type, (string[])["Add", "Mul", "Conv", "Gemm", "MatMul", "AveragePool", "Sigmoid"]));
    }
}
