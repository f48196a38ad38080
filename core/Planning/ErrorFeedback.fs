namespace QuantFunctional

/// How the error of each rounded weight is handed on to those that are rounded after it.
[<NoComparison; NoEquality>]
type ErrorFeedback =
    internal
        {
            /// What the errors are measured by.
            Moments: SecondMoments
            /// The inputs as they are rounded, those of the largest squares first.
            Order: int array
            /// Row by row, in that order: the share of an input's error that each later one takes over. What lies below the
            /// diagonal is of no meaning.
            Shares: float array
        }

    override f.ToString() = $"error feedback by {f.Moments}"

/// Which integers the weights of a channel may become.
[<Struct; NoComparison; NoEquality>]
type internal IntegerLimits =
    {
        /// The lowest of one weight.
        Lowest: float
        /// The highest of one weight.
        Highest: float
        /// What the weights of inputs 2k and 2k + 1 may be together where they have one sign; infinite where they are no pair.
        Together: float
    }

    /// The nearest integer that the weight of an input may become beside its neighbour's.
    member l.Clamp(integers: float array, input: int, wanted: float) : float =
        let neighbour = input ^^^ 1

        let beside =
            if neighbour < integers.Length then
                integers[neighbour]
            else
                0.0

        let lowest = max l.Lowest (-l.Together - min beside 0.0)
        let highest = min l.Highest (l.Together - max beside 0.0)
        System.Math.Clamp(wanted, lowest, highest)

/// The squared errors of a channel's outputs, by second moments.
[<NoComparison>]
type MomentErrors =
    {
        /// Of the nearest integers.
        Nearest: float
        /// Of the integers that were chosen, never larger.
        Chosen: float
    }

    override e.ToString() =
        FSharp.RealText.ofDouble e.Chosen + " where the nearest have " + FSharp.RealText.ofDouble e.Nearest

namespace QuantFunctional.FSharp

open System
open System.Numerics.Tensors
open QuantFunctional

/// Rounds the weights of a channel so that their errors cancel in its outputs (docs/accuracy.md).
///
/// As GPTQ does (Frantar et al. 2022, arXiv:2210.17323) after the optimal brain surgeon (Hassibi and Stork 1993), the error of each
/// rounded weight is made up for by the weights that are still real. GPTQ takes the shares from the Cholesky factor U of the
/// inverse, UᵀU = H⁻¹. With H = N·D·Nᵀ, N upper and with a diagonal of 1, U is D^−½·N⁻¹, and the same shares stand in N: no
/// inverse is needed. Then single integers move as long as that lowers the error, as in QuantEase (Behdin et al. 2023,
/// arXiv:2309.01885).
[<RequireQualifiedAccess>]
module ErrorFeedback =

    /// What is added to each square, as a share of their mean: rows that were not seen are not quite like those that were.
    let private damping = 0.01

    /// Integers seldom move after the third time.
    let private mostSweeps = 8

    /// Half a step either way is the same, and its last bits decide nothing.
    let private almostOne = 1.0 - Numbers.scalePow2 -20 1.0

    /// The shares of errors by second moments, with all sums in a fixed order.
    let ofMoments (moments: SecondMoments) : ErrorFeedback =
        let n = moments.Inputs
        let squares = Array.init n (fun input -> moments[input, input])

        let order =
            Array.init n id |> Array.sortBy (fun input -> struct (-squares[input], input))

        let added = damping * (Array.fold (+) 0.0 squares / float n)
        let shares = Array.zeroCreate<float>(n * n)

        for row in 0 .. n - 1 do
            for column in 0..row do
                shares[row * n + column] <- moments[order[row], order[column]]

            shares[row * n + row] <- shares[row * n + row] + added

        // the last input is taken out of all before it, then the one before: the lower half holds what is left of the moments
        for last in n - 1 .. -1 .. 1 do
            let left = ReadOnlySpan(shares, last * n, last)
            let square = shares[last * n + last]

            for row in 0 .. last - 1 do
                let share = if square > 0.0 then left[row] / square else 0.0

                if share <> 0.0 then
                    let target = Span(shares, row * n, row + 1)
                    TensorPrimitives.MultiplyAdd(left.Slice(0, row + 1), -share, Span.op_Implicit target, target)

                shares[row * n + last] <- share

        {
            Moments = moments
            Order = order
            Shares = shares
        }

    /// The errors of integers, by input.
    let private errorsOf (weights: ReadOnlySpan<float>) (steps: ReadOnlySpan<float>) (integers: float array) =
        let errors = Array.zeroCreate<float> integers.Length

        for input in 0 .. integers.Length - 1 do
            errors[input] <- weights[input] - integers[input] * steps[input]

        errors

    let private handOn
        (feedback: ErrorFeedback)
        (limits: IntegerLimits)
        (steps: ReadOnlySpan<float>)
        (weights: ReadOnlySpan<float>)
        (integers: float array)
        =
        let n = integers.Length
        let carried = Array.zeroCreate<float> n

        for place in 0 .. n - 1 do
            let input = feedback.Order[place]

            if carried[place] <> 0.0 && steps[input] <> 0.0 then
                let rounded = Math.Round((weights[input] + carried[place]) / steps[input])
                integers[input] <- limits.Clamp(integers, input, rounded)

            let error = weights[input] - integers[input] * steps[input]

            if error <> 0.0 then
                let later = carried.AsSpan(place + 1)
                let shares = ReadOnlySpan(feedback.Shares, place * n + place + 1, n - place - 1)
                TensorPrimitives.MultiplyAdd(shares, error, Span.op_Implicit later, later)

    /// Moves single integers to where the error is least, given the others.
    let private settle
        (moments: SecondMoments)
        (limits: IntegerLimits)
        (steps: ReadOnlySpan<float>)
        (weights: ReadOnlySpan<float>)
        (integers: float array)
        =
        let n = integers.Length
        let errors = errorsOf weights steps integers
        let slopes = Array.zeroCreate<float> n

        for input in 0 .. n - 1 do
            if errors[input] <> 0.0 then
                let all = slopes.AsSpan()
                TensorPrimitives.MultiplyAdd(moments.Row input, errors[input], Span.op_Implicit all, all)

        let mutable sweep = 0
        let mutable moves = true

        while moves && sweep < mostSweeps do
            moves <- false
            sweep <- sweep + 1

            for input in 0 .. n - 1 do
                let curve = moments[input, input] * steps[input]

                if curve <> 0.0 then
                    let wanted = Math.Round(slopes[input] / curve * almostOne)

                    let moved =
                        limits.Clamp(integers, input, integers[input] + wanted) - integers[input]

                    if Math.Abs moved >= 1.0 then
                        integers[input] <- integers[input] + moved
                        let all = slopes.AsSpan()

                        TensorPrimitives.MultiplyAdd(
                            moments.Row input,
                            -moved * steps[input],
                            Span.op_Implicit all,
                            all
                        )

                        moves <- true

    /// `round` within limits, in which the nearest integers must be. Each weight is bounded by what its neighbour is at the time,
    /// so that every pair stays within them.
    let internal roundWithin
        (feedback: ErrorFeedback)
        (limits: IntegerLimits)
        (steps: ReadOnlySpan<float>)
        (weights: ReadOnlySpan<float>)
        (integers: Span<sbyte>)
        : MomentErrors =
        let n = feedback.Moments.Inputs
        let chosen = Array.zeroCreate<float> n

        for input in 0 .. n - 1 do
            chosen[input] <- float integers[input]

        let nearest =
            SecondMoments.error feedback.Moments (ReadOnlySpan(errorsOf weights steps chosen))

        handOn feedback limits steps weights chosen
        settle feedback.Moments limits steps weights chosen

        let least =
            SecondMoments.error feedback.Moments (ReadOnlySpan(errorsOf weights steps chosen))

        if least < nearest then
            for input in 0 .. n - 1 do
                integers[input] <- sbyte chosen[input]

            { Nearest = nearest; Chosen = least }
        else
            { Nearest = nearest; Chosen = nearest }

    /// Rounds the weights of a channel to −most .. most steps. Where that has no smaller error, the nearest integers stay, and so
    /// do those of inputs that are always 0, and those whose step is 0.
    let round
        (feedback: ErrorFeedback)
        (most: int)
        (steps: ReadOnlySpan<float>)
        (weights: ReadOnlySpan<float>)
        (integers: Span<sbyte>)
        : MomentErrors =
        let limits =
            {
                Lowest = -(float most)
                Highest = float most
                Together = infinity
            }

        roundWithin feedback limits steps weights integers
