using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Compares a model before and after its repair with the float model that it was made from.</summary>
/// <param name="Float">The float model.</param>
/// <param name="Data">The samples.</param>
internal sealed record ComparisonWithFloat(OnnxModel Float, SampleArrays Data)
{
    /// <summary>What a request asks for; null where it asks for none.</summary>
    /// <exception cref="QuantException">One of data and float model is missing, or they do not go together.</exception>
    internal static ComparisonWithFloat? Of(RepairRequest request, SampleArrays? data)
    {
        if (data is null)
        {
            return request.FloatModel is { } alone
                ? throw Diagnostics.OptionNeedsAnother.Fault(
                    $"{alone}: a float model is only compared with on data; name some with --compare.",
                    file: alone.Name)
                : null;
        }

        if (request.FloatModel is not { } source)
        {
            throw Diagnostics.OptionNeedsAnother.Fault(
                $"{data.Name}: a comparison needs the float model; name it with --float.",
                file: data.Name);
        }

        var model = OnnxModel.Load(source);
        ModelComparer.CheckData(model, data);
        return new ComparisonWithFloat(model, data);
    }

    /// <summary>
    /// The distance of a model as ONNX Runtime runs it here and, where it runs on integers alone, of the integers as they are
    /// meant. That processors disagree is what a repair is for, and needs no warning here.
    /// </summary>
    internal ComparisonReport Run(OnnxModel model, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        var report = ModelComparer.Compare(
            Float, model, Data, labelsArray: null, RunsOnIntegers(model), Profiles.OnnxRuntime, progress, cancel);
        return report with
        {
            Warnings = [.. report.Warnings.Where(warning => warning.Code != Diagnostics.ProcessorsDisagree.Code)],
        };
    }

    private static bool RunsOnIntegers(OnnxModel model)
    {
        var own = IntegerModel.Load(model, Profiles.OnnxRuntime);
        return own.Outputs.All(own.Graph.Gives);
    }
}
