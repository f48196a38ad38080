using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>An array for each input, which hold the same samples.</summary>
/// <param name="File">Where the arrays lie.</param>
/// <param name="Arrays">Their names, in the order of the inputs.</param>
internal sealed record SamplePart(ArrayFile File, IReadOnlyList<string> Arrays)
{
    /// <summary>The parts of a file or folder, one after the other.</summary>
    /// <exception cref="QuantException">Which array feeds which input is not clear.</exception>
    internal static IReadOnlyList<SamplePart> All(
        ArrayFile file, OnnxModel model, IReadOnlyList<ModelInput> inputs, IReadOnlyCollection<string> labels)
    {
        if (file.Parts.Count > 0)
        {
            return
            [
                .. file.Parts.Select(part => new SamplePart(
                    part, [.. ArrayChoice.Choose(part, model, inputs, labels).Select(names => names[0])])),
            ];
        }

        var chosen = ArrayChoice.Choose(file, model, inputs, labels);
        return inputs.Count == 1
            ? [.. chosen[0].Select(name => new SamplePart(file, [name]))]
            : [new SamplePart(file, [.. chosen.Select(names => names[0])])];
    }
}
