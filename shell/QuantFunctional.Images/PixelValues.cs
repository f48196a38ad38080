using System.Globalization;

namespace QuantFunctional.Images;

/// <summary>What each pixel of a channel becomes: a table of 256 numbers for red, green and blue.</summary>
/// <remarks>A number is computed in double and rounded to float32 once.</remarks>
internal static class PixelValues
{
    /// <summary>The tables.</summary>
    /// <param name="options">Scale, mean and standard deviation.</param>
    /// <param name="channels">How many channels the model takes: 1 or 3.</param>
    /// <exception cref="QuantException">They are no such numbers, or not as many as channels.</exception>
    internal static float[][] Of(ImageOptions options, int channels)
    {
        var scale = Finite("--image-scale", options.Scale ?? 1);
        var mean = Each("--image-mean", options.Mean, 0, channels);
        var std = Each("--image-std", options.Std, 1, channels);
        if (std.Contains(0) || scale == 0)
            throw Wrong(scale == 0 ? "--image-scale" : "--image-std", "0 leaves nothing of the pixels");
        RefuseSmall(options, mean, std);
        return [.. Enumerable.Range(0, channels).Select(channel => Enumerable.Range(0, 256)
            .Select(pixel => (float)(((pixel * scale) - mean[channel]) / std[channel]))
            .ToArray())];
    }

    /// <summary>Whether the pixels stay what they are.</summary>
    internal static bool IsRaw(ImageOptions options) => options.Scale is null or 1
        && (options.Mean is null || options.Mean.All(mean => mean == 0)) && (options.Std is null || options.Std.All(std => std == 1));

    /// <summary>Whether nothing is said of them.</summary>
    internal static bool IsUnsaid(ImageOptions options) => options is { Scale: null, Mean: null, Std: null };

    private static double[] Each(string option, IReadOnlyList<double>? values, double usual, int channels)
    {
        if (values is null)
            return [.. Enumerable.Repeat(usual, channels)];
        if (values.Count != 1 && values.Count != channels)
        {
            throw Wrong(option, string.Create(CultureInfo.InvariantCulture,
                $"{values.Count} numbers, but the model takes {channels} channel{(channels == 1 ? "" : "s")}; give one number{(channels == 1 ? "" : $", or {channels}")}"));
        }

        return [.. Enumerable.Range(0, channels).Select(channel => Finite(option, values[values.Count == 1 ? 0 : channel]))];
    }

    /// <summary>Means from 0 to 1 are those of pixels from 0 to 1, not of pixels from 0 to 255.</summary>
    private static void RefuseSmall(ImageOptions options, double[] mean, double[] std)
    {
        var small = mean.Concat(std).All(value => Math.Abs(value) <= 1) && (mean.Any(value => value != 0) || std.Any(value => value != 1));
        if (options.Scale is null && small)
        {
            var option = options.Mean is null ? "--image-std" : "--image-mean";
            throw Wrong(option, "such numbers are those of pixels from 0 to 1, and pixels go from 0 to 255: add --image-scale 1/255 "
                + "(or --image-scale 1, if they are meant so)");
        }
    }

    private static double Finite(string option, double value) =>
        double.IsFinite(value) ? value : throw Wrong(option, "a finite number is needed");

    private static QuantException Wrong(string option, string message) => Diagnostics.OptionValueWrong.Fault($"{option}: {message}.");
}
