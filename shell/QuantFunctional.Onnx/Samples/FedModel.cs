using System.Globalization;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>A model's inputs as samples are fed to them.</summary>
internal static class FedModel
{
    /// <summary>The inputs that a caller of the model has to feed, with what is said of them beside the model.</summary>
    /// <exception cref="QuantException">It is said of what the model does not have.</exception>
    public static IReadOnlyList<ModelInput> Inputs(OnnxModel model, SampleFeed feed)
    {
        CheckDimensions(model, feed);
        var inputs = model.Inputs.Select(input => Of(input, feed)).ToList();
        foreach (var (name, axis) in feed.BatchAxes)
            CheckAxis(model, inputs, name, axis);
        return inputs;
    }

    private static ModelInput Of(ValueInfoProto input, SampleFeed feed)
    {
        var tensor = input.Type?.TensorType;
        var dims = tensor?.Shape?.Dim
            .Select(dim => dim.HasDimValue ? dim.DimValue : feed.Dimensions.TryGetValue(dim.DimParam, out var length) ? length : -1)
            .ToArray();
        return new ModelInput(
            input.Name,
            (TensorProto.Types.DataType)(tensor?.ElemType ?? 0),
            dims,
            dims is [] ? null : feed.BatchAxes.TryGetValue(input.Name, out var axis) ? axis : 0);
    }

    private static void CheckDimensions(OnnxModel model, SampleFeed feed)
    {
        var known = model.Inputs
            .SelectMany(input => input.Type?.TensorType?.Shape?.Dim.Select(dim => dim.DimParam) ?? [])
            .Where(name => name.Length > 0)
            .Distinct()
            .ToList();
        if (feed.Dimensions.Keys.FirstOrDefault(name => !known.Contains(name)) is { } other)
        {
            throw Diagnostics.DimensionUnknown.Fault(
                $"--dim {other}: no input of {model.Path} has a free dimension of that name; "
                + (known.Count == 0 ? "none of them has a name." : $"there are {string.Join(", ", known.Select(name => $"`{name}`"))}."),
                file: model.Path);
        }
    }

    private static void CheckAxis(OnnxModel model, List<ModelInput> inputs, string name, int? axis)
    {
        var input = inputs.Find(input => input.Name == name);
        if (input is null && model.Graph.Output.All(output => output.Name != name))
        {
            var known = inputs.Select(input => input.Name).Concat(model.Graph.Output.Select(output => output.Name));
            throw Diagnostics.BatchAxisWrong.Fault(
                $"--batch-axis {name}: {model.Path} has no such input or output; there are "
                + $"{string.Join(", ", known.Select(other => $"`{other}`"))}.",
                file: model.Path);
        }

        if (axis is { } at && input?.Dims is { } dims && at >= dims.Count)
        {
            throw Diagnostics.BatchAxisWrong.Fault(string.Create(CultureInfo.InvariantCulture,
                $"--batch-axis {name}={at}: input `{name}` of {model.Path} has {dims.Count} axes, of which the first is 0."),
                file: model.Path, node: name);
        }
    }
}
