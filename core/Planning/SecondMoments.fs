namespace QuantFunctional

/// Second moments of what the weights of a channel are multiplied with: for each two inputs, the sum of their products over
/// all rows that were seen.
[<NoComparison; NoEquality>]
type SecondMoments =
    private
        {
            inputs: int
            values: float array
        }

    /// How many inputs there are.
    member m.Inputs = m.inputs

    /// The moment of two inputs.
    member m.Item
        with get (first: int, second: int) = m.values[first * m.inputs + second]

    /// The moments of an input with all inputs, in their order.
    member internal m.Row(input: int) =
        System.ReadOnlySpan(m.values, input * m.inputs, m.inputs)

    static member internal Of(inputs: int, values: float array) = { inputs = inputs; values = values }

    override m.ToString() = $"second moments of {m.inputs} inputs"

namespace QuantFunctional.FSharp

open System
open System.Numerics.Tensors
open QuantFunctional

/// Makes second moments, and measures by them what errors of weights do to a product (docs/accuracy.md).
[<RequireQualifiedAccess>]
module SecondMoments =

    /// The most inputs that are looked at together: time and memory grow with their square.
    let mostInputs = 1024

    let private refuse what =
        Error(Refusal.DistributionNotFit $"its second moments {what}")

    /// The moments of so many inputs, row by row; the array must not change any more. Refused: a number of inputs that is
    /// not 1 to 1,024, another number of moments, one that is not finite, and what cannot be sums of products.
    let create (inputs: int) (values: float array) : Result<SecondMoments, Refusal> =
        let isNoMoment index =
            let row, column = index / inputs, index % inputs
            let value = values[index]

            value <> values[column * inputs + row]
            || row = column && value < 0.0
            || value <> 0.0 && (values[row * (inputs + 1)] = 0.0 || values[column * (inputs + 1)] = 0.0)

        if inputs < 1 || inputs > mostInputs then
            refuse $"are those of {inputs} inputs: 1 to {mostInputs} are looked at together"
        elif values.Length <> inputs * inputs then
            refuse $"are {values.Length} numbers for {inputs} inputs"
        elif not (Array.forall Double.IsFinite values) then
            refuse "are not all finite"
        elif Seq.exists isNoMoment (seq { 0 .. values.Length - 1 }) then
            refuse
                "are not sums of products: they must be symmetric, with no negative squares, and 0 beside a square of 0"
        else
            Ok(SecondMoments.Of(inputs, values))

    /// eᵀHe: the squared error that such errors of a channel's weights make in its outputs, over all rows. Each number is
    /// made in one order, whatever the vectors' width.
    let error (moments: SecondMoments) (errors: ReadOnlySpan<float>) : float =
        let crossed = Array.zeroCreate<float> moments.Inputs
        let mutable sum = 0.0

        for input in 0 .. moments.Inputs - 1 do
            let own = errors[input]
            sum <- sum + own * (2.0 * crossed[input] + own * moments[input, input])

            if own <> 0.0 then
                let later = crossed.AsSpan(input + 1)
                TensorPrimitives.MultiplyAdd(moments.Row(input).Slice(input + 1), own, Span.op_Implicit later, later)

        sum
