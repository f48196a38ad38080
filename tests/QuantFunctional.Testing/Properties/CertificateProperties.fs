namespace QuantFunctional.Testing

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// What a certificate promises.
[<RequireQualifiedAccess>]
module internal CertificateProperties =

    let private certificate (planned: QuantizedLayer) =
        Certificate.ofLayer planned.Plan.WeightScale planned.Integers

    /// Every layer that is planned is certified.
    let certified (case: LayerCase) =
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let violations = (certificate planned).Violations
            violations.IsEmpty |> Prop.label (String.Join("; ", violations |> Seq.map _.Message))

    /// One output of the real layer with fake-quantized weights, in output steps with the zero point.
    let private real (planned: QuantizedLayer) (channel: int) (inputs: int array) : Exact =
        let q, plan = planned.Integers, planned.Plan
        let scale = plan.WeightScale[channel]
        let bias = Exact.ofFloat planned.RealBias[channel] * Exact.ofFloat plan.Output.Scale

        let product =
            if scale = 0.0 then
                Exact.ofInt 0
            else
                let sum =
                    Array.fold2
                        (fun total w a -> total + bigint (w: int) * bigint (a - q.Input.ZeroPoint))
                        0I
                        (Tiny.weights q channel)
                        inputs

                Exact.ofBig sum * Exact.ofFloat plan.Output.Scale
                / (Exact.ofFloat plan.Input.Scale * Exact.ofFloat scale)

        product + bias + Exact.ofInt q.Output.ZeroPoint

    /// The integer layer lies within the certified bound of the real one, where it does not saturate.
    let accuracy (case: LayerCase) (seed: int) =
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let q = planned.Integers
            let bounds = (certificate planned).ErrorBounds
            let random = Random seed
            let whole = q.InputRange

            [ 0 .. q.Shape.Channels - 1 ]
            |> List.map (fun channel ->
                let inputs =
                    Array.init q.Shape.WeightsPerChannel (fun _ -> random.Next(int whole.Low, int whole.High + 1))

                let output = Tiny.output q channel inputs
                let inside = output > bigint q.OutputRange.Low && output < bigint q.OutputRange.High
                let apart = abs (Exact.ofBig output - real planned channel inputs)

                (not inside || apart <= Exact.ofFloat bounds[channel])
                |> Prop.label $"channel {channel}: bound {bounds[channel]:R}, {output}"
                |> Prop.classify inside "not saturated")
            |> List.reduce (.&.)

    /// Whether a witness reaches an end of its interval, by arbitrary precision, and so leaves the integer that must hold it.
    let private overflows (q: IntegerLayer) (bound: Bound) (witness: ImmutableArray<int>) =
        let values = Tiny.intermediates q bound.Channel (Seq.toArray witness)
        let limit = 1I <<< (bound.Bits - 1)

        List.contains
            (bound.Intermediate,
             (if bound.Largest >= limit then
                  bound.Largest
              else
                  bound.Smallest))
            values

    /// An overflow that is planted is found, with a witness that makes it happen.
    let witness (case: LayerCase) (n: int) =
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let q = planned.Integers
            let channel = abs (n % q.Shape.Channels)
            let accumulator = Interval.ofBits q.Accumulator.Bits
            let end' = if n % 2 = 0 then accumulator.High else accumulator.Low

            let broken =
                { planned with
                    Integers =
                        { q with
                            Bias = q.Bias.SetItem(channel, end')
                        }
                }

            let sum =
                Bounds.ofChannel broken.Integers channel
                |> List.find (fun bound -> bound.Intermediate = Intermediate.ProductAndBias)

            let found =
                (certificate broken).Violations
                |> Seq.choose (fun violation ->
                    match violation with
                    | Violation.Overflow(bound, witness) when bound.Channel = channel -> Some(bound, witness)
                    | _ -> None)
                |> Seq.toList

            ((sum.Holds || not found.IsEmpty) |> Prop.label "found")
            .&. (found
                 |> List.forall (fun (bound, witness) -> overflows broken.Integers bound witness)
                 |> Prop.label "the witness overflows")
            |> Prop.classify (not sum.Holds) "overflows"
