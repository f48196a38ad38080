using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>Which arrays of a file feed which input of a model.</summary>
internal static class ArrayChoice
{
    /// <summary>For every input, the array, or the arrays one after the other, that hold its samples.</summary>
    /// <param name="file">The arrays.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputs">The model's inputs.</param>
    /// <param name="labels">The names of the arrays that hold labels, which are never inputs.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Choose(
        ArrayFile file, OnnxModel model, IReadOnlyList<ModelInput> inputs, IReadOnlyCollection<string> labels)
    {
        var arrays = file.Names.Where(name => !labels.Contains(name)).ToList();
        if (inputs.Count == 0)
            throw Diagnostics.NoInputToFeed.Fault($"{model.Path}: the model has no input that samples could feed.", file: model.Path);
        if (arrays.Count == 0)
        {
            throw Diagnostics.NoArrayForInput.Fault(
                $"{file.Path}: no array for {Wanted(inputs)}; it holds {file.Listing}.",
                file: file.Path);
        }

        if (inputs.All(input => arrays.Contains(input.Name)))
            return [.. inputs.Select(input => new[] { input.Name })];
        if (inputs.Count == 1 && (arrays.Count == 1 || file.IsFolder))
            return [arrays];
        var hint = inputs.Count == 1
            ? "name one of them like the input, or leave one only"
            : "name one array for each input";
        if (file.Path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) && FedByChoice(inputs) is { } fed)
            hint += $", or choose the one of `{fed.Name}` with {file.Path}:ARRAY";
        throw Diagnostics.ArrayAmbiguous.Fault(
            $"{file.Path}: which array is {Wanted(inputs)} of {model.Path}? It holds {file.Listing}: {hint}.",
            file: file.Path);
    }

    /// <summary>The file in which the array that a caller named has the name of the input that it feeds.</summary>
    /// <exception cref="QuantException">There is no such array, or it is not clear which input it feeds.</exception>
    public static ArrayFile Named(ArrayFile file, IReadOnlyList<ModelInput> inputs, OnnxModel model, string? array)
    {
        if (array is null)
            return file;
        var fed = FedByChoice(inputs)?.Name
            ?? throw Diagnostics.ArrayAmbiguous.Fault(
                $"{file.Path}: which input of {model.Path} is array `{array}`? Name one array for "
                + $"{Wanted(inputs)}.",
                file: file.Path);
        file.OpenArray(array).Dispose();
        return ArrayFile.Of(
            file.Path,
            file.Names.Where(name => name != fed).Select(name => (name, (Func<SampleReader>)(() => file.OpenArray(name))))
                .Prepend((fed, () => file.OpenArray(array))));
    }

    private static ModelInput? FedByChoice(IReadOnlyList<ModelInput> inputs) =>
        inputs.Count == 1 ? inputs[0] : DecoderInputs.Of(inputs)?.Tokens;

    private static string Wanted(IReadOnlyList<ModelInput> inputs) =>
        (inputs.Count == 1 ? "the input " : "each of the inputs ")
        + string.Join(", ", inputs.Select(input => $"`{input.Name}`"));
}
