using System.Globalization;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace QuantFunctional.Images;

/// <summary>The one input of a model that images feed, and how they lie in it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Layout">Where the channels lie.</param>
/// <param name="TakesReals">Whether it takes real numbers, not the pixels' own bytes.</param>
internal sealed record ImageInput(string Name, int Channels, int Width, int Height, ImageLayout Layout, bool TakesReals)
{
    private const int LargestSide = 1 << 15;

    /// <summary>The shape of one image.</summary>
    internal IReadOnlyList<long> Shape => Layout == ImageLayout.Nchw ? [Channels, Height, Width] : [Height, Width, Channels];

    /// <summary>Finds it.</summary>
    /// <exception cref="QuantException">The model has another number of inputs, or one of another kind, or does not say its size.</exception>
    internal static ImageInput Of(string folder, IReadOnlyList<ModelInput> inputs, ImageOptions options)
    {
        if (inputs is not [var input])
        {
            throw Unclear(folder, $"images feed a model with one input, and this one has {inputs.Count} "
                + $"({string.Join(", ", inputs.Select(one => $"`{one.Name}`"))}): write an .npz with an array for each input instead");
        }

        if (input.Dims is not { } all || (input.SampleDims ?? all) is not { Count: 3 } dims)
        {
            throw Unclear(folder, $"input `{input.Name}` takes {(input.Dims is { } other ? Shapes.Text(other) : "a shape that the model does not say")}, "
                + "which is no batch of images: channels, height and width are needed behind the batch; write an .npz instead");
        }

        var layout = options.Layout ?? LayoutOf(folder, input.Name, dims);
        var (channels, height, width) = layout == ImageLayout.Nchw ? (dims[0], dims[1], dims[2]) : (dims[2], dims[0], dims[1]);
        if (channels is not (1 or 3 or -1))
        {
            var isOtherwise = (layout == ImageLayout.Nchw ? dims[2] : dims[0]) is 1 or 3;
            throw Unclear(folder, string.Create(CultureInfo.InvariantCulture,
                $"input `{input.Name}` takes {Shapes.Text(all)}, which is {channels} channels in {layout.ToString().ToUpperInvariant()}; images have 1 or 3: ")
                + (isOtherwise ? "say where they lie with --image-layout, or write an .npz" : "write an .npz instead"));
        }

        var takesReals = input.Type is DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16;
        if (!takesReals && !PixelValues.IsRaw(options))
        {
            throw Unclear(folder, $"input `{input.Name}` takes whole numbers ({input.Type}), which pixels are as they stand; leave out "
                + "--image-scale, --image-mean and --image-std, or give --image-preset raw");
        }

        return new ImageInput(
            input.Name,
            channels < 0 ? 3 : (int)channels,
            Side(folder, input, width, options.Width, "width"),
            Side(folder, input, height, options.Height, "height"),
            layout,
            takesReals);
    }

    private static ImageLayout LayoutOf(string folder, string name, IReadOnlyList<long> dims)
    {
        var (first, last) = (dims[0] is 1 or 3, dims[2] is 1 or 3);
        if (first != last)
            return first ? ImageLayout.Nchw : ImageLayout.Nhwc;
        if (!first && dims[0] > 0 && dims[2] > 0)
            throw Unclear(folder, $"input `{name}` takes {Shapes.Text([-1, .. dims])}, and images have 1 or 3 channels: write an .npz instead");
        throw Unclear(folder, $"input `{name}` takes {Shapes.Text([-1, .. dims])}, from which it does not show where the channels lie: say it with "
            + "--image-layout nchw or nhwc");
    }

    private static int Side(string folder, ModelInput input, long own, long? asked, string what)
    {
        if (asked is <= 0 or > LargestSide)
            throw Diagnostics.OptionValueWrong.Fault(FormattableString.Invariant($"--image-size: a {what} from 1 to {LargestSide} is needed, not {asked}."));
        if (own is 0 or > LargestSide)
            throw Unclear(folder, FormattableString.Invariant($"input `{input.Name}` has a {what} of {own}, which no image has"));
        if (own > 0 && asked is { } other && other != own)
        {
            throw Unclear(folder, FormattableString.Invariant(
                $"--image-size: input `{input.Name}` takes {Shapes.Text(input.Dims!)}, whose {what} is {own}, not {other}; leave the option out"));
        }

        if (own > 0)
            return (int)own;
        return (int)(asked ?? throw Unclear(folder, $"input `{input.Name}` takes {Shapes.Text(input.Dims!)}, with a free {what}: say the size of the images with "
            + "--image-size WIDTHxHEIGHT"));
    }

    private static QuantException Unclear(string folder, string message) =>
        Diagnostics.ImageInputUnclear.Fault($"{folder}: {message}.", file: folder);
}
