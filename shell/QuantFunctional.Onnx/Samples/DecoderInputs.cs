using QuantFunctional.Onnx.Model;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The inputs of a language model that is fed with tokens and, from its second run on, with its own past.</summary>
/// <param name="Tokens">The tokens, [batch, new].</param>
/// <param name="Mask">Which tokens of past and present count, [batch, past + new]; null where the model has no such input.</param>
/// <param name="Positions">Where the tokens stand, [batch, new]; null where the model has no such input.</param>
/// <param name="Past">What it kept of the tokens before, each with one free axis besides the batch.</param>
internal sealed record DecoderInputs(ModelInput Tokens, ModelInput? Mask, ModelInput? Positions, IReadOnlyList<ModelInput> Past)
{
    private const string PastName = "past_key_values";
    private const string PresentName = "present";

    /// <summary>The names under which decoders are exported for ONNX Runtime GenAI, and by most exporters; null for other inputs.</summary>
    internal static DecoderInputs? Of(IReadOnlyList<ModelInput> inputs)
    {
        var past = inputs.Where(input => input.Name.StartsWith(PastName, StringComparison.Ordinal)).ToList();
        var (tokens, mask, positions) = (Named("input_ids"), Named("attention_mask"), Named("position_ids"));
        return tokens is not null && past.TrueForAll(one => FreeAxis(one) is not null)
            && past.Count + new[] { tokens, mask, positions }.Count(input => input is not null) == inputs.Count
                ? new DecoderInputs(tokens, mask, positions, past)
                : null;

        ModelInput? Named(string name) => inputs.FirstOrDefault(input =>
            input.Name == name && input.Type is DataType.Int64 or DataType.Int32 && input is { Dims.Count: 2, BatchAxis: 0 });
    }

    /// <summary>The output that is the past of the next run.</summary>
    internal static string PresentOf(ModelInput past) => PresentName + past.Name[PastName.Length..];

    /// <summary>The dimensions of a past of length 0, of so many rows.</summary>
    internal static long[] Empty(ModelInput past, long rows)
    {
        long[] dims = [.. past.Dims!];
        dims[past.BatchAxis!.Value] = rows;
        dims[FreeAxis(past)!.Value] = 0;
        return dims;
    }

    private static int? FreeAxis(ModelInput past)
    {
        if (past.SampleDims is null)
            return null;
        var free = Enumerable.Range(0, past.Dims!.Count).Where(axis => axis != past.BatchAxis && past.Dims[axis] < 0).ToList();
        return free.Count == 1 ? free[0] : null;
    }
}
