namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// How a stage ends. A retry is a value: the next parameters, and why (docs/backtracking.md).
[<RequireQualifiedAccess; NoComparison>]
type Step<'T> =
    | Done of 'T * Warning list
    | Retry of BacktrackingParameters * RetryReason
    | Refuse of Refusal

    override s.ToString() =
        match s with
        | Done(value, _) -> $"done: {ShortText.value value}"
        | Retry(_, reason) -> $"retry: {reason}"
        | Refuse refusal -> $"refused: {refusal}"

/// Stages in a row: the first that does not end with Done ends the attempt.
[<RequireQualifiedAccess>]
module Step =
    let bind (next: 'T -> Step<'U>) (step: Step<'T>) : Step<'U> =
        match step with
        | Step.Retry(parameters, reason) -> Step.Retry(parameters, reason)
        | Step.Refuse refusal -> Step.Refuse refusal
        | Step.Done(value, warnings) ->
            match next value with
            | Step.Done(result, more) -> Step.Done(result, warnings @ more)
            | other -> other

    let ofResult (source: Result<'T, Refusal>) : Step<'T> =
        match source with
        | Ok value -> Step.Done(value, [])
        | Error refusal -> Step.Refuse refusal

    type StepBuilder() =
        member _.Bind(step: Step<'T>, next: 'T -> Step<'U>) = bind next step
        member _.Return(value: 'T) : Step<'T> = Step.Done(value, [])
        member _.ReturnFrom(step: Step<'T>) = step

    /// `attempt { }`
    let attempt = StepBuilder()

/// What a retry may raise, and how far.
[<RequireQualifiedAccess>]
module BacktrackingParameters =

    /// How many steps the largest weight has where nothing asks for less: m of 8 bits.
    let wholeWeight = float (WeightScales.largestInteger 8)

    /// How many steps the largest weight has at least where pairs ask for less: weights of ±64 make no pair that overflows.
    let smallestLargestWeight = 64.0

    /// True of what `LargestWeight` may hold.
    let isLargestWeight (steps: float) : bool =
        steps >= smallestLargestWeight
        && steps <= wholeWeight
        && steps * 1024.0 = Numbers.roundHalfEven (steps * 1024.0)

    /// Nothing given up yet.
    let initial
        (precision: Precision)
        (reluFallback: Precision | null)
        (shape: Channelwise<'S>)
        : BacktrackingParameters =
        {
            Precision = precision
            ReluFallback = reluFallback
            IntrinsicShiftRaised = Channelwise.replicate shape false
            BitsGivenUp = Channelwise.replicate shape 0
            LargestWeight = Channelwise.replicate shape wholeWeight
        }

    /// What every retry strictly raises, compared from left to right: fallback taken, flags set, steps of weights raised,
    /// bits given up.
    let measure (started: Precision) (parameters: BacktrackingParameters) : struct (int * int * int * int) =
        let fallback = if parameters.Precision = started then 0 else 1

        let flags =
            Channelwise.sumBy (fun raised -> if raised then 1 else 0) parameters.IntrinsicShiftRaised

        let steps =
            Channelwise.sumBy (fun largest -> if largest < wholeWeight then 1 else 0) parameters.LargestWeight

        struct (fallback, flags, steps, Channelwise.sumBy id parameters.BitsGivenUp)

    /// The most attempts that the measure allows: docs/backtracking.md. No entry has both its flag set and its step raised, since
    /// the one is of the int15 path and the other of the int8 path.
    let attemptLimit (shape: Channelwise<'S>) : int = 2 + 9 * shape.Count

    /// The flags set where asked, or nothing where all of them were set already (`try_increase_intrinsic_shift`).
    let tryIncreaseIntrinsicShift
        (positions: Channelwise<bool>)
        (parameters: BacktrackingParameters)
        : BacktrackingParameters voption =
        let raised = Channelwise.map2 (||) parameters.IntrinsicShiftRaised positions

        if raised = parameters.IntrinsicShiftRaised then
            ValueNone
        else
            ValueSome
                { parameters with
                    IntrinsicShiftRaised = raised
                }

    /// More bits given up where asked, at most 8 in all, or nothing where no entry has a bit left to give.
    let tryGiveUpBits (bits: Channelwise<int>) (parameters: BacktrackingParameters) : BacktrackingParameters voption =
        let given =
            Channelwise.map2 (fun had more -> min WeightScales.mostBitsGivenUp (had + more)) parameters.BitsGivenUp bits

        if given = parameters.BitsGivenUp then
            ValueNone
        else
            ValueSome { parameters with BitsGivenUp = given }

    /// How many times as large the weights' steps are as they would be but for pairs of products; 1 where nothing is raised,
    /// and where bits are given up, which count from the whole.
    let stepGrowth (parameters: BacktrackingParameters) : Channelwise<float> =
        Channelwise.map2
            (fun bits steps -> if bits > 0 then 1.0 else wholeWeight / steps)
            parameters.BitsGivenUp
            parameters.LargestWeight

    /// The weights' scales before bits are given up, from max│w│ of each output channel.
    let weightScale
        (format: StepFormat)
        (parameters: BacktrackingParameters)
        (largest: ImmutableArray<float>)
        : Channelwise<float> =
        Channelwise.map2
            (fun bits steps -> if bits > 0 then wholeWeight else steps)
            parameters.BitsGivenUp
            parameters.LargestWeight
        |> Channelwise.map2
            (fun largest steps -> WeightScales.ofLevels format steps largest)
            (Channelwise.ofChannels parameters.BitsGivenUp (Seq.toArray largest))

/// The loop of docs/backtracking.md.
[<RequireQualifiedAccess>]
module Backtracking =

    /// Runs attempts until one is done or refused. Reaching the limit is an error with the caller's message.
    let run
        (limit: int)
        (message: string)
        (attempt: BacktrackingParameters -> Step<'T>)
        (parameters: BacktrackingParameters)
        : Result<'T * Trace, Refused> =
        let rec next parameters (earlier: Attempt list) =
            let ended outcome warnings =
                {
                    Parameters = parameters
                    Outcome = outcome
                    Warnings = ImmutableArray.CreateRange<Warning> warnings
                }
                :: earlier

            let trace attempts =
                {
                    Attempts = ImmutableArray.CreateRange<Attempt>(List.rev attempts)
                }

            match attempt parameters with
            | Step.Done(value, warnings) -> Ok(value, trace (ended AttemptOutcome.Planned warnings))
            | Step.Refuse refusal ->
                Error
                    {
                        Refusal = refusal
                        Trace = trace (ended (AttemptOutcome.Refused refusal) [])
                    }
            | Step.Retry(changed, reason) ->
                let attempts = ended (AttemptOutcome.Retried reason) []

                if attempts.Length >= limit then
                    Error
                        {
                            Refusal = Refusal.AttemptLimit(limit, message)
                            Trace = trace attempts
                        }
                else
                    next changed attempts

        next parameters []
