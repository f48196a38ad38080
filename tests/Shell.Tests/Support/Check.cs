using QuantFunctional;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Xunit;

namespace Shell.Tests.Support;

/// <summary>What every preparation must do, checked on one model.</summary>
internal static class Check
{
    /// <summary>
    /// The prepared model, once it computes what the original does, is prepared to the same bytes again, and the
    /// original is untouched.
    /// </summary>
    internal static OnnxModel Prepared(ModelBuilder builder, double tolerance = 1e-6, int free = 1)
    {
        var original = builder.Build();
        var prepared = ModelPreparation.Prepare(original);

        Assert.Equal(builder.Build().Proto, original.Proto);
        Assert.Equal(original.Graph.Output, prepared.Graph.Output);
        Assert.Equal(original.Inputs, prepared.Graph.Input);
        Assert.Equal(prepared.ToBytes(), ModelPreparation.Prepare(prepared).ToBytes());
        Assert.InRange(prepared.Opset, 13, 26);
        var inputs = Run.RandomInputs(original, free: free);
        Assert.InRange(Run.LargestDifference(original, prepared, inputs), 0, tolerance);
        return prepared;
    }

    /// <summary>The operators of a model's graph in order, separated by blanks.</summary>
    internal static string Operators(OnnxModel model) => string.Join(' ', model.Graph.Node.Select(n => n.OpType));

    /// <summary>The message with which an action refuses its input.</summary>
    internal static string Refusal(Action action)
    {
        var refusal = Assert.Throws<QuantException>(action);
        Assert.Equal(FaultKind.BadInput, refusal.Kind);
        return refusal.Message;
    }
}
