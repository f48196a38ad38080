module QuantFunctional.Tests.IntegerLayerTests

open System.Collections.Generic
open System.Numerics
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// The ends of the product over every input of the whole type, from the definition: each weight meets its worst input.
let private worstProducts (q: IntegerLayer) (weights: IReadOnlyList<sbyte>) =
    let taken =
        match q.Profile.InputZeroPoint with
        | InputZeroPoint.InBias -> 0
        | InputZeroPoint.OffEachInput -> q.Input.ZeroPoint

    let meet pick =
        weights
        |> Seq.map (fun w -> pick (BigInteger((-128 - taken) * int w)) (BigInteger((127 - taken) * int w)))
        |> Seq.fold (+) BigInteger.Zero

    meet (fun a b -> BigInteger.Min(a, b)), meet (fun a b -> BigInteger.Max(a, b))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``product, bias and their sum fit the accumulator for every input`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers
        let length = case.Weights[0].Length

        let inInt32 (x: BigInteger) =
            x >= -(BigInteger.One <<< 31) && x < (BigInteger.One <<< 31)

        case.Weights
        |> Array.mapi (fun channel _ ->
            let weights = Array.init length (fun i -> q.Weights[channel * length + i])
            let low, high = worstProducts q weights
            let bias = BigInteger q.Bias[channel]
            List.forall inInt32 [ low; high; bias; low + bias; high + bias ])
        |> Array.forall id
        |> Prop.classify (planned.Trace.Retries > 0) "retried"

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``the integers carry the shapes, the encodings and the range of the layer`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers
        let output = planned.Plan.Output

        let lowest = if case.Relu then output.ZeroPoint else -128

        (q.Bias.Length = case.Weights.Length)
        .&. (q.Weights.Length = Array.sumBy Array.length case.Weights)
        .&. (List.ofSeq q.Shape = [ case.Weights.Length; case.Weights[0].Length ])
        .&. ((q.OutputRange.Low, q.OutputRange.High) = (int64 lowest, 127L))
        .&. (q.Output = output && q.Input = planned.Plan.Input)
        .&. (Seq.forall ((=) 0) q.IntrinsicShift.Values)
        .&. (case.Request.Asymmetric || output.ZeroPoint = 0)

[<Fact>]
let ``a layer of two weights has the integers that pencil and paper give`` () =
    // Sa = 2, Sw = 127/1, Sc = 255/2.55 = 100, Zc = rne(−128 + 0.55·100) = −73
    let case =
        {
            Request =
                {
                    Profile = BackendProfile.reference
                    Precision = PrecisionRequest.Exactly Precision.TfliteInt8
                    PerChannel = false
                    Asymmetric = true
                    BiasCorrection = BiasCorrection.Off
                }
            Relu = false
            Weights = [| [| 1.0f; -0.5f |] |]
            Bias = [| 0.25f |]
            InputStep = 0.5
            InputZeroPoint = 3
            Low = -0.55
            High = 2.0
        }

    match LayerCase.plan case with
    | Error refused -> failwith refused.Message
    | Ok planned ->
        let q = planned.Integers
        Assert.Equal<int list>([ 127; -64 ], [ for w in q.Weights -> int w ]) // −63.5 rounds to even
        Assert.Equal(64 - 3 * (127 - 64), q.Bias[0]) // 0.25·2·127 = 63.5 rounds to even; P0 = 3·(127 − 64)
        Assert.Equal(-73, q.Output.ZeroPoint)
        Assert.Equal(-73, q.OutputOffset)
        // S = 100/254 = 0.39370…, so S·2^32 lies in [2^30, 2^31)
        Assert.Equal(32, q.Shift[0])
        Assert.Equal(int (BigInteger 100 * (BigInteger.One <<< 32) / BigInteger 254), q.Multiplier[0])
