module QuantFunctional.Tests.BacktrackingTests

open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private start channels =
    BacktrackingParameters.initial
        Precision.SimaInt8
        Precision.TfliteInt8
        (Channelwise.perChannel (Array.replicate channels 0))

let private reason remedy =
    {
        Cause = RetryCause.BiasOverflow
        Overflows = ImmutableArray.Empty
        Remedy = remedy
    }

let private isRaised (struct (a, b, c, d)) (struct (e, f, g, h)) = compare (e, f, g, h) (a, b, c, d) > 0

/// Raises whatever a number chooses, as a stage may; refuses where nothing is left.
let private stage channels (choices: int -> int) =
    let mutable attempt = 0

    fun (parameters: BacktrackingParameters) ->
        attempt <- attempt + 1
        let choice = choices attempt
        let at = Channelwise.init parameters.BitsGivenUp (fun i -> i = choice % channels)

        let fallBack () =
            if parameters.Precision = Precision.SimaInt8 then
                ValueSome
                    { parameters with
                        Precision = Precision.TfliteInt8
                    }
            else
                ValueNone

        let raised =
            [
                fallBack
                fun () -> BacktrackingParameters.tryIncreaseIntrinsicShift at parameters
                fun () ->
                    BacktrackingParameters.tryGiveUpBits (Channelwise.map (fun a -> if a then 1 else 0) at) parameters
            ]

        let order = [ 0; 1; 2 ] |> List.map (fun i -> raised[(i + choice) % 3]())

        match order |> List.tryFind _.IsSome with
        | Some(ValueSome next) -> Step.Retry(next, reason Remedy.GiveUpWeightBits)
        | _ -> Step.Done((), [])

[<Property(MaxTest = 300)>]
let ``P10 any stages end within the bound, and every retry raises the measure`` (PositiveInt seed) (PositiveInt n) =
    let channels = 1 + n % 6

    let choices attempt =
        abs ((seed * 7919 + attempt * 104729) ^^^ (attempt * seed)) % 997

    let shape = Channelwise.perChannel (Array.replicate channels 0)
    let limit = BacktrackingParameters.attemptLimit shape

    match Backtracking.run limit "too long" (stage channels choices) (start channels) with
    | Error refused -> false |> Prop.label refused.Message
    | Ok((), trace) ->
        let measures =
            [
                for a in trace.Attempts -> BacktrackingParameters.measure Precision.SimaInt8 a.Parameters
            ]

        ((limit = 2 + 9 * channels && trace.Attempts.Length <= limit)
         |> Prop.label $"{trace.Attempts.Length} of {limit}")
        .&. (List.pairwise measures |> List.forall (fun (a, b) -> isRaised a b) |> Prop.label $"{measures}")
        .&. ((trace.Last.Outcome = AttemptOutcome.Planned) |> Prop.label "planned at last")

[<Fact>]
let ``P10 the bound is met by the longest search there is`` () =
    // one fallback, one flag and eight bits for each of two channels: 19 retries, 20 attempts
    let shape = Channelwise.perChannel [ 0; 0 ]

    match Backtracking.run 1000 "" (stage 2 (fun attempt -> attempt / 3)) (start 2) with
    | Ok((), trace) -> Assert.Equal(BacktrackingParameters.attemptLimit shape, trace.Attempts.Length)
    | Error refused -> failwith refused.Message

[<Fact>]
let ``reaching the limit is an error with the caller's message and the whole trace`` () =
    let forever parameters =
        Step.Retry(parameters, reason Remedy.FallBack): Step<unit>

    match Backtracking.run 3 "the layer turns in circles" forever (start 1) with
    | Ok _ -> failwith "it ended"
    | Error refused ->
        Assert.Equal(Refusal.AttemptLimit(3, "the layer turns in circles"), refused.Refusal)
        Assert.Equal("the layer turns in circles (gave up after 3 attempts)", refused.Message)
        Assert.Equal(3, refused.Trace.Attempts.Length)

[<Fact>]
let ``a refusal ends the trace, with what was tried before it`` () =
    let refusal = Refusal.BiasCorrectionNotFit "a knot"

    let stage (parameters: BacktrackingParameters) =
        if parameters.BitsGivenUp[0] = 0 then
            let next =
                { parameters with
                    BitsGivenUp = Channelwise.perChannel [ 2 ]
                }

            Step.Retry(next, reason Remedy.GiveUpWeightBits): Step<unit>
        else
            Step.Refuse refusal

    match Backtracking.run 5 "" stage (start 1) with
    | Ok _ -> failwith "not refused"
    | Error refused ->
        Assert.Equal(refusal, refused.Refusal)
        Assert.Equal(AttemptOutcome.Refused refusal, refused.Trace.Last.Outcome)
        Assert.Equal(1, refused.Trace.Retries)
        Assert.Equal(2, refused.Trace.Last.Parameters.BitsGivenUp[0])

[<Fact>]
let ``stages in a row collect their warnings, and stop at the first that is not done`` () =
    let warn bits =
        Step.Done(bits, [ Warning.OutputScaleReduced bits ])

    let both = Step.bind (fun first -> warn (first + 1)) (warn 1)
    Assert.Equal(Step.Done(2, [ Warning.OutputScaleReduced 1; Warning.OutputScaleReduced 2 ]), both)
    let refused: Step<int> = Step.Refuse(Refusal.BiasCorrectionNotFit "x")
    Assert.Equal(refused, Step.bind (fun _ -> failwith "called") refused)

[<Fact>]
let ``an intrinsic shift is raised once, and bits only up to eight`` () =
    let parameters = start 2
    let first = Channelwise.perChannel [ true; false ]

    match BacktrackingParameters.tryIncreaseIntrinsicShift first parameters with
    | ValueNone -> failwith "not raised"
    | ValueSome raised ->
        Assert.Equal<Channelwise<bool>>(first, raised.IntrinsicShiftRaised)
        Assert.Equal(ValueNone, BacktrackingParameters.tryIncreaseIntrinsicShift first raised)

    match BacktrackingParameters.tryGiveUpBits (Channelwise.perChannel [ 5; 0 ]) parameters with
    | ValueNone -> failwith "not given up"
    | ValueSome given ->
        match BacktrackingParameters.tryGiveUpBits (Channelwise.perChannel [ 7; 0 ]) given with
        | ValueNone -> failwith "not given up"
        | ValueSome all ->
            Assert.Equal<Channelwise<int>>(Channelwise.perChannel [ 8; 0 ], all.BitsGivenUp)
            Assert.Equal(ValueNone, BacktrackingParameters.tryGiveUpBits (Channelwise.perChannel [ 3; 0 ]) all)
