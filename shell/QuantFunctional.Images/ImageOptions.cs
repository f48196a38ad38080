namespace QuantFunctional.Images;

/// <summary>In which order the channels of a colour image lie.</summary>
public enum ImageOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red, as OpenCV reads images.</summary>
    Bgr,
}

/// <summary>Where the channels lie among a tensor's axes.</summary>
public enum ImageLayout
{
    /// <summary>Before height and width, as PyTorch has it.</summary>
    Nchw,

    /// <summary>Behind height and width, as TensorFlow has it.</summary>
    Nhwc,
}

/// <summary>How an image of other proportions becomes one of the wanted size.</summary>
public enum ImageResize
{
    /// <summary>Its width and height are scaled each to the wanted one.</summary>
    Stretch,

    /// <summary>It is scaled until it covers the wanted size, and what stands over is cut off on both sides alike.</summary>
    Crop,

    /// <summary>It is scaled until it lies within the wanted size, in the middle, and the rest is black.</summary>
    Pad,
}

/// <summary>How the pixels of an image become what a model takes: (pixel × scale − mean) / std, of pixels from 0 to 255.</summary>
public sealed record ImageOptions
{
    /// <summary>The width in pixels; the model's own where null.</summary>
    public int? Width { get; init; }

    /// <summary>The height in pixels; the model's own where null.</summary>
    public int? Height { get; init; }

    /// <summary>What each pixel is multiplied with first; 1 where null.</summary>
    public double? Scale { get; init; }

    /// <summary>What is subtracted then: one number, or one each for red, green and blue, in whatever order they are fed; 0 where null.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>What the difference is divided by: as many numbers as of the mean, or one; 1 where null.</summary>
    public IReadOnlyList<double>? Std { get; init; }

    /// <summary>The order of the channels; red, green, blue unless stated.</summary>
    public ImageOrder Order { get; init; }

    /// <summary>Where the channels lie; told from the model's input where null.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>What becomes of other proportions; they are stretched unless stated.</summary>
    public ImageResize Resize { get; init; }

    /// <summary>
    /// As most networks from PyTorch are trained on ImageNet: pixels from 0 to 1, less the means 0.485, 0.456, 0.406, divided by
    /// 0.229, 0.224, 0.225.
    /// </summary>
    public static ImageOptions ImageNet { get; } = new()
    {
        Scale = 1.0 / 255,
        Mean = [0.485, 0.456, 0.406],
        Std = [0.229, 0.224, 0.225],
    };

    /// <summary>As many networks from TensorFlow take them: from −1 to 1.</summary>
    public static ImageOptions TensorFlow { get; } = new() { Scale = 1 / 127.5, Mean = [1] };

    /// <summary>Pixels from 0 to 255 as they are.</summary>
    public static ImageOptions Raw { get; } = new() { Scale = 1 };

    /// <summary>The same options with some changed, as a C# <c>with</c> does it.</summary>
    internal ImageOptions With(
        int? width = null,
        int? height = null,
        double? scale = null,
        IReadOnlyList<double>? mean = null,
        IReadOnlyList<double>? std = null,
        ImageOrder? order = null,
        ImageLayout? layout = null,
        ImageResize? resize = null) => new()
        {
            Width = width ?? Width,
            Height = height ?? Height,
            Scale = scale ?? Scale,
            Mean = mean ?? Mean,
            Std = std ?? Std,
            Order = order ?? Order,
            Layout = layout ?? Layout,
            Resize = resize ?? Resize,
        };
}
