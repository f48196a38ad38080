namespace QuantFunctional;

// QF02xx: plans, profiles, certificates and what they say of a model
public static partial class Diagnostics
{
    internal static readonly Diagnostic NotJson = new("QF0201", DiagnosticKind.BadInput,
        "Not JSON",
        "The file is not JSON, is truncated, or holds bytes that are not UTF-8; the message says at which line and byte.",
        "Write the file again, and do not edit it by hand without a look at its schema in docs/schema.");

    internal static readonly Diagnostic OtherFormat = new("QF0202", DiagnosticKind.BadInput,
        "A document of another format",
        "The file is JSON, but not the kind of document that is read here: a profile in place of a plan, for example.",
        "Name a file of the format that the message asks for.");

    internal static readonly Diagnostic OtherVersion = new("QF0203", DiagnosticKind.BadInput,
        "A document of another version",
        "An older or a newer version of the tool wrote the file, in a version of the format that is not read.",
        "Make the file again with this version, or use the version that wrote it.");

    internal static readonly Diagnostic UnknownField = new("QF0204", DiagnosticKind.BadInput,
        "A field that the format does not have",
        "A field stands in the document that its format does not know. It is refused since a misspelt field would be ignored.",
        "Take it out, or check its spelling.");

    internal static readonly Diagnostic FieldMissing = new("QF0205", DiagnosticKind.BadInput,
        "A field is missing",
        "The document lacks a field that its format needs.",
        "Write the file again, or add the field.");

    internal static readonly Diagnostic FieldOfOtherType = new("QF0206", DiagnosticKind.BadInput,
        "A field of another type",
        "A field holds another kind of value than it must: a text for a number, null, or a number out of its range.",
        "Repair the field, or write the file again.");

    internal static readonly Diagnostic FieldValueUnknown = new("QF0207", DiagnosticKind.BadInput,
        "A field with a name that is not known",
        "A field holds a name, and it is none of those that are known there; the message lists them.",
        "Use one of the names, or write the file again.");

    internal static readonly Diagnostic FieldsExclude = new("QF0208", DiagnosticKind.BadInput,
        "Fields that exclude each other",
        "Two fields of the document say the same twice, or one makes no sense beside the other.",
        "Take one of them out.");

    internal static readonly Diagnostic NamedTwice = new("QF0209", DiagnosticKind.BadInput,
        "Something is named twice",
        "Two entries of a list have one name, where each must have its own.",
        "Rename or remove one of them.");

    internal static readonly Diagnostic ArraysElsewhere = new("QF0210", DiagnosticKind.BadInput,
        "A file outside the document's folder",
        "A document names files relative to its own folder alone, so that the folder can be moved as a whole.",
        "Put the file beside the document.");

    internal static readonly Diagnostic DigestDiffers = new("QF0211", DiagnosticKind.BadInput,
        "The arrays of another plan",
        "The digest of the weights beside the plan is not the one that the plan holds: they were made by different runs.",
        "Write the plan again, or put its own arrays beside it.");

    internal static readonly Diagnostic ArrayOfOtherShape = new("QF0212", DiagnosticKind.BadInput,
        "Weights of another shape",
        "The array beside the plan has another type or shape than the layer's weights.",
        "Write the plan again.");

    internal static readonly Diagnostic PlanContradicts = new("QF0213", DiagnosticKind.BadInput,
        "A document contradicts itself",
        "Numbers of the document do not fit each other, as after an edit by hand; what it says as a whole has no meaning.",
        "Make the plan again.");

    internal static readonly Diagnostic PlanOfOtherModel = new("QF0214", DiagnosticKind.BadInput,
        "The plan of another model",
        "The plan holds a digest of the model that was written with it, and the model at hand has another.",
        "Quantize again with --plan and --force, which writes both, or put the plan's own model there.");

    internal static readonly Diagnostic PlanMissing = new("QF0220", DiagnosticKind.BadInput,
        "No plan of the model",
        "A model was given where a plan is needed, and its folder holds no plan with the digest of this model.",
        "Name the plan, or quantize the float model again with --plan.");

    internal static readonly Diagnostic PlanOfOtherProfile = new("QF0215", DiagnosticKind.BadInput,
        "A plan for another target",
        "The integers of a plan hold for the arithmetic of its own profile and mean something else on the one asked for.",
        "Plan the layer again for that profile.");

    internal static readonly Diagnostic NoLayers = new("QF0216", DiagnosticKind.BadInput,
        "A document without layers",
        "The plan holds no layer, so that there is nothing to do.",
        "Name another plan.");

    internal static readonly Diagnostic WeightsAlone = new("QF0217", DiagnosticKind.BadInput,
        "The weights alone are integers",
        "Of such a layer only the weights were quantized: it computes with real numbers, and nothing of it can overflow.",
        "Name a layer whose activations are integers too; quantize with --calibration to have one. Weights alone are held to their plan with "
        + "quantfn verify MODEL.onnx --against PLAN.json.");

    internal static readonly Diagnostic LayerMissing = new("QF0218", DiagnosticKind.BadInput,
        "A layer does not exist",
        "The file has no layer of the name asked for; the message lists the nearest names.",
        "Check the name; quantfn explain PLAN or quantfn inspect MODEL lists the layers.");

    internal static readonly Diagnostic NotAPlan = new("QF0219", DiagnosticKind.BadInput,
        "Not a plan",
        "A model was given where a plan is needed.",
        "Make a plan with quantfn quantize --plan.");
}
