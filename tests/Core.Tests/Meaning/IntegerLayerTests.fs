module QuantFunctional.Tests.IntegerLayerTests

open System.Numerics
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P08 nothing on the way from input to output leaves the accumulator`` (case: LayerCase) (seed: int) =
    SoundnessProperties.onTheWay case seed

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``the integers carry the shapes, the encodings and the range of the layer`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers
        let output = planned.Plan.Output
        let layer = LayerCase.layer case

        let whole =
            match output.Type with
            | ScalarType.Int8 -> 8
            | ScalarType.Int16 -> 16
            | _ -> 32
            |> Interval.ofBits

        let lowest = if case.Relu then int64 output.ZeroPoint else whole.Low

        let path =
            match case.InputType with
            | ScalarType.Int8 -> ActivationPath.Int8
            | _ when RequestGen.isWhole case.Request.Profile case.InputType -> ActivationPath.Int16
            | _ -> ActivationPath.Int15

        let shifts = if path = ActivationPath.Int15 then [ 1; 8 ] else [ 0 ]

        [
            "biases", q.Bias.Length = case.Channels && planned.RealBias.Length = case.Channels
            "weights", q.Weights.Length = Array.sumBy Array.length case.Weights
            "shape", q.Shape = layer.Weights.Shape && q.Geometry = layer.Geometry
            "output range", q.OutputRange = { whole with Low = lowest }
            "encodings", q.Output = output && q.Input = planned.Plan.Input
            "path", q.Path = path && q.Profile = case.Request.Profile
            "intrinsic shift", Seq.forall (fun h -> List.contains h shifts) q.IntrinsicShift.Values
            "left shift", q.MsbLeftShift = (path = ActivationPath.Int15 && Seq.forall ((=) 1) q.IntrinsicShift.Values)
            "zero point", case.Request.Asymmetric && output.Type <> ScalarType.Int32 || output.ZeroPoint = 0
            "request", planned.Request = LayerCase.request case && planned.Observed = layer.Output
        ]
        |> List.map (fun (what, holds) -> Prop.label what holds)
        |> List.reduce (.&.)

[<Fact>]
let ``a layer of two weights has the integers that pencil and paper give`` () =
    // Sa = 2, Sw = 127/1, Sc = 255/2.55 = 100, Zc = rne(−128 + 0.55·100) = −73
    let case =
        { PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 1.0f; -0.5f |] |] with
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
        Assert.Equal(64L - 3L * (127L - 64L), q.Bias[0]) // 0.25·2·127 = 63.5 rounds to even; P0 = 3·(127 − 64)
        Assert.Equal(-73, q.Output.ZeroPoint)
        Assert.Equal(-73, q.OutputOffset)
        // S = 100/254 = 0.39370…, so S·2^32 lies in [2^30, 2^31)
        Assert.Equal(32, q.Shift[0])
        Assert.Equal(int (BigInteger 100 * (BigInteger.One <<< 32) / BigInteger 254), q.Multiplier[0])
