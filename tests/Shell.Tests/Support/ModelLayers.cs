using System.Globalization;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace Shell.Tests.Support;

/// <summary>Adds whole layers to a model under construction; weights are named after the output.</summary>
internal static class ModelLayers
{
    /// <summary>A convolution of 2-D data that keeps height and width, with a bias.</summary>
    internal static ModelBuilder Conv(
        this ModelBuilder model, string input, string output, int inputs, int outputs, int kernel = 3) =>
        model.Conv(
            input, output, [outputs, inputs, kernel, kernel],
            node => node.SetInts("pads", Enumerable.Repeat((long)kernel / 2, 4)));

    /// <summary>A convolution with weights of any shape.</summary>
    internal static ModelBuilder Conv(
        this ModelBuilder model, string input, string output, long[] weight, Action<NodeProto>? more = null,
        bool bias = true)
    {
        model.Random($"{output}.weight", weight);
        if (bias)
            model.Random($"{output}.bias", weight[0]);
        string[] inputs = bias ? [input, $"{output}.weight", $"{output}.bias"] : [input, $"{output}.weight"];
        return model.Node("Conv", inputs, output, more);
    }

    /// <summary>A fully connected layer of rank-2 data, with a bias.</summary>
    internal static ModelBuilder Gemm(this ModelBuilder model, string input, string output, int inputs, int outputs) =>
        model.Random($"{output}.weight", inputs, outputs)
            .Random($"{output}.bias", outputs)
            .Node("Gemm", [input, $"{output}.weight", $"{output}.bias"], output);

    /// <summary>A node with attributes given as text.</summary>
    internal static ModelBuilder Node(
        this ModelBuilder model, string opType, string[] inputs, string output, string attributes) =>
        model.Node(opType, inputs, output, node => node.Set(attributes));

    /// <summary>Sets attributes given as "group=2 pads=0,1,1,0 alpha=0.5": lists have commas, reals a dot.</summary>
    internal static void Set(this NodeProto node, string attributes)
    {
        foreach (var pair in attributes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')))
        {
            var (name, text) = (pair[0], pair[1]);
            if (text.Contains(','))
                node.SetInts(name, text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Integer));
            else if (long.TryParse(text, out var integer))
                node.SetInt(name, integer);
            else if (float.TryParse(text, CultureInfo.InvariantCulture, out var real))
                node.SetFloat(name, real);
            else
                node.SetString(name, text);
        }
    }

    private static long Integer(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
