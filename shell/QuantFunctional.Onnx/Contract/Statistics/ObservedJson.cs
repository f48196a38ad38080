using System.ComponentModel;
using System.Numerics;

namespace QuantFunctional.Onnx;

/// <summary>The smallest and the largest of some values.</summary>
internal sealed record BoundsJson(double Min, double Max);

/// <summary>An input of the model as samples feed it.</summary>
internal sealed record InputJson(
    [property: Description("The input's name.")] string Name,
    [property: Description("Whether it is given once for all samples, which are fed with it each.")] bool GivenOnce,
    [property: Description("How many elements were fed.")] long Elements,
    [property: Description("Their exact sum, each as float32.")] SumsJson Sum,
    [property: Description("Whether all are whole numbers over 255, from 0 to 1.")] bool MayBePixels,
    [property: Description("Whether one of such numbers is neither 0 nor 1.")] bool SomeGrey,
    [property: Description("The smallest and the largest; absent where there was none.")] BoundsJson? Range = null);

/// <summary>What values a tensor took.</summary>
internal sealed record ObservedTensorJson(
    [property: Description("The tensor's name.")] string Name,
    [property: Description("How many samples gave it values.")] long Samples,
    [property: Description("How often it took which finite values, of the samples that are counted.")] HistogramJson Histogram,
    [property: Description("How many samples were how wide.")] WidthsJson Widths,
    [property: Description("The widest samples.")] WidestJson Widest,
    [property: Description("Its finite values' bounds; absent where there was none.")] BoundsJson? Range = null,
    [property: Description("The same of the first half of the samples.")] BoundsJson? FirstHalf = null,
    [property: Description("Its infinities; absent where it had none.")] InfinitiesJson? Infinities = null);

/// <summary>Infinities that a tensor took.</summary>
internal sealed record InfinitiesJson(
    [property: Description("Whether one was positive.")] bool Positive,
    [property: Description("Whether one was negative.")] bool Negative,
    [property: Description("The first sample, from 0, that showed one.")] long Sample);

/// <summary>
/// Counts in bins of 2^exponent on both sides of zero: bin k of a side counts the values whose magnitude is at least k and below k + 1
/// such widths. Bins behind the last are 0.
/// </summary>
internal sealed record HistogramJson(
    [property: Description("The width of a bin is 2 to this power.")] int Exponent,
    [property: Description("How many values were exactly 0.")] long Zeros,
    [property: Description("The counts of negative values, from zero on.")] IReadOnlyList<long> Negative,
    [property: Description("The counts of positive values, from zero on.")] IReadOnlyList<long> Positive);

/// <summary>Samples by how far their values are apart, 0 included, in bins of a sixteenth of an octave.</summary>
internal sealed record WidthsJson(
    [property: Description("The bins, in order: bin 16·e + k holds widths of at least 2^e·(1 + k/16); -2147483648 holds 0.")] IReadOnlyList<int> Bins,
    [property: Description("How many samples each holds.")] IReadOnlyList<long> Counts);

/// <summary>The samples of the largest widths, eight at most, the widest first, of equal ones the first.</summary>
internal sealed record WidestJson(
    [property: Description("Their widths.")] IReadOnlyList<double> Widths,
    [property: Description("Their indices, from 0.")] IReadOnlyList<long> Samples);

/// <summary>The largest value of each row that a Softmax reads.</summary>
internal sealed record RowsJson(
    [property: Description("The tensor that it reads.")] string Tensor,
    [property: Description("The smallest of them; absent where no row was seen.")] double? Lowest = null,
    [property: Description("The smallest of those that are no mask's; absent where none is.")] double? LowestUnmasked = null);

/// <summary>What the probabilities of a Softmax lose by steps of 1/256; each sample adds a float32 number.</summary>
internal sealed record ProbabilitiesJson(
    [property: Description("The tensor of probabilities.")] string Tensor,
    [property: Description("The sum of their squares.")] SumsJson Power,
    [property: Description("The sum of the squares of what rounding changes in them.")] SumsJson Lost);

/// <summary>What a layer reads: the mean of each weight's input over all places of the kernel.</summary>
internal sealed record LayerInputJson(
    [property: Description("The output of the layer's node.")] string Output,
    [property: Description("How many rows of means were added: one for each sample whose values are counted, or for each entry of a batch.")] long Rows,
    [property: Description("The sums of the means, in the order of the inputs, each with all places in the kernel; none where one was not finite.")]
    SumsJson Sums);

/// <summary>Exact sums: each is value·2^exponent, with the largest exponent that fits all; 0 where all are 0.</summary>
internal sealed record SumsJson(
    [property: Description("The power of two that is the unit.")] int Exponent,
    [property: Description("The sums in that unit.")] IReadOnlyList<BigInteger> Values);
