using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Compares a model before and after its repair with the float model that it was made from.</summary>
/// <param name="Float">The float model.</param>
/// <param name="DataPath">The samples.</param>
internal sealed record ComparisonWithFloat(OnnxModel Float, string DataPath)
{
    /// <summary>What a request asks for; null where it asks for none.</summary>
    /// <exception cref="QuantException">One of data and float model is missing, or they do not go together.</exception>
    internal static ComparisonWithFloat? Of(RepairRequest request)
    {
        if (request.ComparisonPath is not { } data)
        {
            return request.FloatModelPath is { } alone
                ? throw QuantException.BadInput($"{alone}: a float model is only compared with on data; name some with --compare.")
                : null;
        }

        if (request.FloatModelPath is not { } path)
            throw QuantException.BadInput($"{data}: a comparison needs the float model; name it with --float.");
        var model = OnnxModel.Load(path);
        ModelComparer.CheckData(model, data);
        return new ComparisonWithFloat(model, data);
    }

    /// <summary>
    /// The distance of a model as ONNX Runtime runs it here and, where it runs on integers alone, of the integers as they are
    /// meant.
    /// </summary>
    internal ComparisonReport Run(OnnxModel model, IProgress<QuantizeProgress>? progress, CancellationToken cancel) =>
        ModelComparer.Compare(
            Float, model, DataPath, labelsArray: null, RunsOnIntegers(model), Profiles.OnnxRuntime, progress, cancel)
        with
        { ProcessorWarning = null };

    private static bool RunsOnIntegers(OnnxModel model)
    {
        var own = IntegerModel.Load(model, Profiles.OnnxRuntime);
        return own.Outputs.All(own.Graph.Gives);
    }
}
