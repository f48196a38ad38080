namespace QuantFunctional;

// QF024x: recipes, and how they fit the model
public static partial class Diagnostics
{
    internal static readonly Diagnostic RecipeOfOtherModel = new("QF0241", DiagnosticKind.BadInput,
        "The recipe of another model",
        "A recipe holds the digest of the float model that it was written for, and the model at hand has another: its layers would get ranges and "
        + "orders that are not theirs.",
        "Give the model that the recipe is of, or quantize this one with samples.");

    internal static readonly Diagnostic RecipeArraysDiffer = new("QF0242", DiagnosticKind.BadInput,
        "The arrays of another recipe",
        "The .npz file beside the recipe does not have the digest that the recipe names, or holds arrays of another form.",
        "Put the recipe's own file beside it, or save the recipe again.");

    internal static readonly Diagnostic RecipeNotOfModel = new("QF0243", DiagnosticKind.BadInput,
        "A recipe that does not fit its model",
        "The recipe names a tensor, node or layer that the model does not have, lacks one that it has, or holds a list of another size.",
        "Quantize anew with samples and --save-recipe.");

    internal static readonly Diagnostic RecipeTooLarge = new("QF0244", DiagnosticKind.BadInput,
        "A file that is too large for a recipe",
        "A recipe holds a few numbers for each tensor and channel, and no model has as many as the file could hold.",
        "Name a file that quantfn quantize --save-recipe wrote.");

    internal static readonly Diagnostic RecipeNotFollowed = new("QF0245", DiagnosticKind.BadInput,
        "A recipe that cannot be followed",
        "The recipe has a layer or join in integers that cannot be planned so: it was edited, or written by another version.",
        "Quantize anew with samples and --save-recipe.");

    internal static readonly Diagnostic RecipeDecides = new("QF0618", DiagnosticKind.BadInput,
        "The recipe decides that",
        "An option of the line says what the recipe says, too, and one of them would be ignored.",
        "Leave the option out, or quantize anew with samples and that option.");

    internal static readonly Diagnostic RecipeGivesOther = new("QF0945", DiagnosticKind.Warning,
        "The recipe gives another model than before",
        "A recipe holds the digest of the model that it was written with, and following it gave another one: it was edited, another version of "
        + "the tool rounds or writes otherwise, or constants that are computed beforehand differ in their last bits on this kind of processor.",
        "Follow the recipe with the version that wrote it where the same bytes are needed, or save it anew with this one.");
}
