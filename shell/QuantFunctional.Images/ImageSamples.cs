using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Images;

/// <summary>Folders of images as samples.</summary>
public static class ImageSamples
{
    /// <summary>Images of a folder as samples of a model with one input of images, decoded one by one as they are needed.</summary>
    /// <remarks>
    /// png, jpeg, bmp and webp files are read, in the ordinal order of their paths; names that begin with a dot are passed over.
    /// Where they lie in subfolders, the subfolders in ordinal order are the classes that a comparison takes for labels. An
    /// image is turned upright as its EXIF orientation says, transparency is dropped, 16 bits are rounded to 8, grey becomes three
    /// equal channels, and colours become their brightness (ITU-R BT.601) where the model takes one channel. The same files may
    /// decode, and shrink, to pixels a step apart on another processor; <see cref="CalibrationReport.Digest"/> tells whether they
    /// did, and <c>SaveAsync</c> stores them once.
    /// </remarks>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How pixels become what the model takes; as they are, from 0 to 255, where null.</param>
    public static SampleData FromFolder(string folder, ImageOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var wanted = options ?? new ImageOptions();
        var listed = new Lazy<ImageFolder>(() => Checked(ImageFolder.Open(folder)));
        return SampleData.Of(folder, inputs =>
        {
            var input = ImageInput.Of(folder, inputs, wanted);
            _ = PixelValues.Of(wanted, input.Channels);
            return (Arrays(listed.Value, input, wanted), Warnings(input, wanted));
        });
    }

    /// <summary>Writes what a model is fed with of a folder's images, and their classes, into a .npz file.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="model">The model.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="options">How pixels become what the model takes; as they are, from 0 to 255, where null.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <param name="cancellationToken">Stops the work; nothing is written then.</param>
    /// <returns>The samples in the file.</returns>
    /// <exception cref="QuantException">The folder or an image cannot be read, the model takes no images, or the file is in the way.</exception>
    public static Task<SampleData> SaveAsync(
        string folder,
        ModelSource model,
        string path,
        ImageOptions? options = null,
        bool overwrite = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return StoreAsync(FromFolder(folder, options), model, path, overwrite, cancellationToken);
    }

    /// <summary>As the other, of samples that are told how they are fed.</summary>
    internal static Task<SampleData> StoreAsync(
        SampleData samples, ModelSource model, string path, bool overwrite, CancellationToken cancel) => Task.Run(
            () =>
            {
                AtomicFile.Check(path, overwrite);
                var file = SampleArrays.Of(samples).Open(OnnxModel.Load(model));
                AtomicFile.Write(
                    path,
                    stream => NpzWriter.Write(stream, file.Names.Select(name => (name, (Action<Stream>)(entry => Copy(file, name, entry, cancel))))),
                    overwrite);
                return SampleData.FromFile(path);
            },
            cancel);

    /// <summary>Whether a path is a folder that holds images and no arrays.</summary>
    internal static bool IsFolder(string path) => ImageFolder.Is(path);

    private static void Copy(ArrayFile file, string name, Stream stream, CancellationToken cancel)
    {
        using var reader = file.OpenArray(name);
        switch (reader.Info.ElementType)
        {
            case ElementType.Float32: Copy<float>(reader, stream, cancel); break;
            case ElementType.UInt8: Copy<byte>(reader, stream, cancel); break;
            default: Copy<long>(reader, stream, cancel); break;
        }
    }

    private static void Copy<T>(SampleReader reader, Stream stream, CancellationToken cancel)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        NpyWriter.Begin(stream, reader.Info.ElementType, [.. reader.Info.Shape]);
        var sample = new T[reader.Info.SampleLength];
        while (reader.TryRead<T>(sample))
        {
            cancel.ThrowIfCancellationRequested();
            NpyWriter.Append<T>(stream, sample);
        }
    }

    private static ImageFolder Checked(ImageFolder folder)
    {
        var reader = new ImageReader(1, 1, ImageResize.Stretch);
        var faults = new List<QuantException>();
        foreach (var file in folder.Files)
        {
            try
            {
                reader.Check(file);
            }
            catch (QuantException fault)
            {
                faults.Add(fault);
            }
        }

        return faults.Count switch
        {
            0 => folder,
            1 => throw faults[0],
            _ => throw faults[0].Retold(
                $"{faults[0].Message.TrimEnd('.')}. {faults.Count - 1} more of {folder.Files.Count} cannot be read either: "
                + $"{string.Join(", ", faults.Skip(1).Take(5).Select(fault => fault.File))}{(faults.Count > 6 ? ", …" : "")}."),
        };
    }

    private static ArrayFile Arrays(ImageFolder folder, ImageInput input, ImageOptions options)
    {
        var info = new ArrayInfo(
            folder.Path, input.Name, input.TakesReals ? ElementType.Float32 : ElementType.UInt8, [folder.Files.Count, .. input.Shape]);
        var images = (input.Name, (Func<SampleReader>)(() => SampleReader.Raw(new PixelStream(folder.Files, input, options), info)));
        if (folder.Labels is not { } labels)
            return ArrayFile.Of(folder.Path, [images]);
        var classes = new ArrayInfo(folder.Path, SampleSource.UsualLabels, ElementType.Int64, [labels.Count]);
        var bytes = labels.SelectMany(BitConverter.GetBytes).ToArray();
        return ArrayFile.Of(folder.Path, [images, (SampleSource.UsualLabels, () => SampleReader.Raw(new MemoryStream(bytes, writable: false), classes))]);
    }

    private static IReadOnlyList<ReportWarning> Warnings(ImageInput input, ImageOptions options) =>
        input.TakesReals && PixelValues.IsUnsaid(options)
            ?
            [
                Diagnostics.PixelsNotScaled.Warn(
                    $"input `{input.Name}` is fed with pixels from 0 to 255, as nothing says how the model takes them, and most take them scaled: "
                    + "give --image-preset imagenet, tf or raw, or --image-scale with --image-mean and --image-std", node: input.Name),
            ]
            : [];
}
