namespace QuantFunctional;

// QF0541 on: images as samples
public static partial class Diagnostics
{
    internal static readonly Diagnostic ImageUnreadable = new("QF0541", DiagnosticKind.BadInput,
        "An image that cannot be read",
        "A file of the folder is no png, jpeg, bmp or webp image, or a damaged one.",
        "Repair or convert the image, or take it out of the folder.");

    internal static readonly Diagnostic ImageTooLarge = new("QF0542", DiagnosticKind.BadInput,
        "An image of too many pixels",
        "The image's first bytes declare more than 100 million pixels, more than is unpacked.",
        "Make the image smaller, or take it out of the folder.");

    internal static readonly Diagnostic ImageFolderUnclear = new("QF0543", DiagnosticKind.BadInput,
        "Images beside folders of images",
        "Subfolders are classes, and some of the images belong to none, since they lie beside them.",
        "Put all images into the folder itself, or all into subfolders.");

    internal static readonly Diagnostic ImageInputUnclear = new("QF0544", DiagnosticKind.BadInput,
        "A model that images do not feed",
        "The model has several inputs, or none of channels, height and width, or a size that neither it nor an option says.",
        "Say size and layout with --image-size and --image-layout, or write the samples as .npz.");
}
