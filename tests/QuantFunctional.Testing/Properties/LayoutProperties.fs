namespace QuantFunctional.Testing

open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// What a plan does not owe to the order of weights in memory.
[<RequireQualifiedAccess>]
module internal LayoutProperties =

    /// Logical sizes of few channels and positions.
    let sizes =
        gen {
            let few = Gen.choose (1, 4)
            let! groups = Gen.frequency [ 2, Gen.constant 1; 1, few ]
            let! outputs = few
            let! inputs = Gen.frequency [ 1, Gen.constant 1; 2, few ]
            let! axes = Gen.choose (0, 3)
            let! kernel = Gen.listOfLength axes (Gen.choose (1, 3))

            return
                {
                    Groups = if axes = 0 then 1 else groups
                    Outputs = outputs
                    Inputs = inputs
                    Kernel = kernel
                }
        }

    /// The layouts that can say them.
    let fitting s =
        Layouts.all |> List.map fst |> List.filter (fun layout -> Layouts.fits layout s)

    /// What a plan holds, with the weights in logical order.
    let private integers (case: LayerCase) (geometry: Geometry) (view: WeightView) =
        Pipeline.plan (LayerCase.request case) (LayerCase.layerOf view geometry case)
        |> Result.mapError _.Message
        |> Result.map (fun planned ->
            let q = planned.Integers
            let weights = [ for channel in 0 .. view.Channels - 1 -> Tiny.weights q channel ]

            weights,
            (List.ofSeq q.Bias, List.ofSeq planned.RealBias),
            (q.Multiplier, q.Shift, q.IntrinsicShift),
            (q.Output, q.OutputOffset),
            planned.Trace)

    /// A layer gives the same integers in every layout.
    let sameIntegers (case: LayerCase) =
        Prop.forAll (Arb.fromGen sizes) (fun s ->
            // the logical weights are those of the case, again and again
            let case = LayerCase.reshape s.Channels s.Length s.Positions s.Groups case
            let geometry = Geometry.plain s.Kernel.Length

            let weight (channel, input, position) =
                case.Weights[channel][input * s.Positions + position]

            let plans =
                fitting s |> List.map (fun layout -> integers case geometry (Layouts.view layout s weight))

            match List.distinct plans with
            | [ one ] ->
                true
                |> Prop.classify (Result.isError one) "refused"
                |> Prop.classify (plans.Length > 6) "seven layouts or more"
                |> Prop.classify (case.Correction <> Correction.Off) "corrected bias"
            | several -> false |> Prop.label $"{several}")
