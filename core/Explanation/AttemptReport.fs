namespace QuantFunctional.FSharp

open QuantFunctional

/// The attempts of a layer as items of a report.
[<RequireQualifiedAccess>]
module internal AttemptItems =

    let private overflowsShown = 24

    /// The attempts in order, each with what overflowed in it and what was given up for it.
    let items (attempts: AttemptExplanation seq) : Block =
        Block.Items
            [
                for attempt in attempts ->
                    attempt.Number,
                    $"{attempt.Sentence}.",
                    [
                        for overflow in Seq.truncate overflowsShown attempt.Overflows do
                            $"{overflow.Sentence}."
                        if attempt.Overflows.Length > overflowsShown then
                            $"and {attempt.Overflows.Length - overflowsShown} more channels; ask for one by its number."
                        for change in attempt.GivenUp do
                            $"Given up: {change.Sentence}."
                        match attempt.FallsBackTo with
                        | null -> ()
                        | precision -> $"Given up: the precision {attempt.Precision}; {precision} is used instead."
                    ]
            ]
