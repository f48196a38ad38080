namespace QuantFunctional;

// QF01xx: files and arrays
public static partial class Diagnostics
{
    internal static readonly Diagnostic FileMissing = new("QF0101", DiagnosticKind.BadInput,
        "A file does not exist",
        "A file that the line or the model names is not there.",
        "Check the path, and from which folder it is meant.");

    internal static readonly Diagnostic FileNotAllowed = new("QF0102", DiagnosticKind.BadInput,
        "Reading a file is not allowed",
        "The file is there, but the system does not let this user read it.",
        "Check the permissions of the file and of its folder.");

    internal static readonly Diagnostic FileUnreadable = new("QF0103", DiagnosticKind.BadInput,
        "A file cannot be read",
        "The system reports an error while the file is read; the message holds its words.",
        "Close what else has the file open, and check the disk; then try again, or copy the file.");

    internal static readonly Diagnostic NotAFile = new("QF0104", DiagnosticKind.BadInput,
        "Not a file",
        "A folder, a pipe or a device stands where a file is needed, whose length is known and which can be read twice.",
        "Name a file.");

    internal static readonly Diagnostic ArchiveDamaged = new("QF0105", DiagnosticKind.BadInput,
        "A .npz archive is damaged",
        "A .npz file is a zip archive, and this one cannot be unpacked.",
        "Write it again with numpy.savez, or copy it again.");

    internal static readonly Diagnostic NotNpy = new("QF0106", DiagnosticKind.BadInput,
        "Not a NumPy file",
        "The file or an entry of the archive does not begin as .npy and .npz files do.",
        "Write it with numpy.save or numpy.savez.");

    internal static readonly Diagnostic NpyVersion = new("QF0107", DiagnosticKind.BadInput,
        "A version of .npy that is not read",
        "The file says that it is in a version of the .npy format other than 1, 2 or 3.",
        "Write it again with numpy.save.");

    internal static readonly Diagnostic NpyTruncated = new("QF0108", DiagnosticKind.BadInput,
        "An array is truncated",
        "The header promises another number of bytes than follow. A copy or a download that broke off looks like this.",
        "Write or copy the file again.");

    internal static readonly Diagnostic NpyHeaderDamaged = new("QF0109", DiagnosticKind.BadInput,
        "The header of an array is damaged",
        "The header of a .npy file is not the dictionary that NumPy writes, or tells a shape that no file can hold.",
        "Write it again with numpy.save.");

    internal static readonly Diagnostic FortranOrder = new("QF0110", DiagnosticKind.BadInput,
        "An array is in Fortran order",
        "Its elements are stored column by column; only row by row is read, so that samples can be read one by one.",
        "Save it again with numpy.ascontiguousarray(array).");

    internal static readonly Diagnostic ElementTypeNotRead = new("QF0111", DiagnosticKind.BadInput,
        "An element type that is not read",
        "The elements are texts, objects, complex numbers or others; bool, integers and floats of 16 to 64 bits are read.",
        "Convert the array with numpy's astype.");

    internal static readonly Diagnostic ElementTypeNotWanted = new("QF0112", DiagnosticKind.BadInput,
        "An array of the wrong elements",
        "Integers stand where real numbers are needed, or the other way round.",
        "Convert the array with numpy's astype, or quantize it first.");

    internal static readonly Diagnostic ArrayTooLarge = new("QF0113", DiagnosticKind.BadInput,
        "An array is too large",
        "The array has more elements than fit into memory in one piece (about 2^31).",
        "Give a smaller array.");

    internal static readonly Diagnostic SeveralArrays = new("QF0114", DiagnosticKind.BadInput,
        "Several arrays where one is wanted",
        "The archive holds more than one array, or none, and nothing says which is meant.",
        "Name a .npy file.");

    internal static readonly Diagnostic ArrayMissing = new("QF0115", DiagnosticKind.BadInput,
        "An array does not exist",
        "The archive holds no array of the name asked for; the message lists those that it holds.",
        "Check the name, or write the archive again with that array.");

    internal static readonly Diagnostic ArrayNamedTwice = new("QF0116", DiagnosticKind.BadInput,
        "Two arrays of one name",
        "Two entries of the archive have the same name, so that a name does not say which is meant.",
        "Rename one of them.");

    internal static readonly Diagnostic ArchiveEncrypted = new("QF0117", DiagnosticKind.BadInput,
        "An archive is encrypted",
        "An entry of the archive can only be read with a password.",
        "Write the archive without a password.");

    internal static readonly Diagnostic PackedTooTightly = new("QF0118", DiagnosticKind.BadInput,
        "An array unpacks to far too much",
        "A few bytes unpack to a great many, as in files that are made to fill the memory of whoever reads them.",
        "Where the data is right, save it with numpy.savez, which does not compress.");

    internal static readonly Diagnostic ValueDoesNotFit = new("QF0119", DiagnosticKind.BadInput,
        "A value does not fit its type",
        "An element is larger or smaller than the type that it is needed in can hold.",
        "Repair that element, or convert the array with numpy's astype.");

    internal static readonly Diagnostic FileExists = new("QF0120", DiagnosticKind.BadInput,
        "The result exists already",
        "A file or a folder with content stands where the result is to be written, and nothing is replaced unasked.",
        "Replace it with --force, or name another file with -o.");

    internal static readonly Diagnostic TargetOfOtherKind = new("QF0121", DiagnosticKind.BadInput,
        "The result's name is that of a folder or a file",
        "A folder has the name of the file to write, or a file has the name of the folder to write.",
        "Name another file or folder.");

    internal static readonly Diagnostic TargetFolderMissing = new("QF0122", DiagnosticKind.BadInput,
        "The folder of the result does not exist",
        "The result is to be written in a folder that is not there; folders are not made unasked.",
        "Create the folder first, or name another.");

    internal static readonly Diagnostic WriteFailed = new("QF0123", DiagnosticKind.Failed,
        "The result cannot be written",
        "The system reports an error while the result is written, such as a full disk. What was there before is left as it was.",
        "Make room or repair the disk, then try again.");

    internal static readonly Diagnostic TargetNotWritable = new("QF0124", DiagnosticKind.BadInput,
        "Nothing can be written there",
        "The system does not let this user write in the folder of the result, or replace the file.",
        "Name a file elsewhere with -o, or check the permissions.");

    internal static readonly Diagnostic OverwritesInput = new("QF0125", DiagnosticKind.BadInput,
        "The result would replace an input",
        "The file to write is one of those that are read, and inputs are never modified.",
        "Name another file.");

    internal static readonly Diagnostic ResultsCollide = new("QF0126", DiagnosticKind.BadInput,
        "Two results in one file",
        "Two results of the same work have the same file name, so that one would replace the other.",
        "Name another file for one of them.");

    internal static readonly Diagnostic FolderHoldsOthers = new("QF0127", DiagnosticKind.BadInput,
        "The folder holds other files too",
        "A folder is replaced as a whole, and this one holds something that this tool did not write.",
        "Move the other files away, or name another folder.");

    internal static readonly Diagnostic OneArrayForSeveral = new("QF0128", DiagnosticKind.BadInput,
        "A .npy file holds one output alone",
        "The model has several outputs, and a .npy file holds one array.",
        "Name an .npz file, which holds several.");

    internal static readonly Diagnostic NotOneForEachChannel = new("QF0129", DiagnosticKind.BadInput,
        "Not one value for each channel",
        "The array has another shape than one value for each channel of the layer.",
        "Give an array with one axis, as long as the layer has channels.");
}
