module QuantFunctional.Tests.FastLimitsTests

open System
open System.Collections.Immutable
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.FastRuns

/// One weight of 127 and the factor 1, on a profile that takes the zero point off each input.
let private layer: IntegerLayer =
    let planned =
        PlainCase.plan (PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 1.0f |] |])

    { planned.Integers with
        Profile = BackendProfile.onnxRuntime
        Multiplier = Channelwise.perTensor 1
        Shift = Channelwise.perTensor 0
        OutputOffset = 0
    }

let private biased (bias: int64) =
    { layer with
        Bias = ImmutableArray.Create bias
    }

[<Fact>]
let ``the vector loops leave a layer to the plain ones whose sums may leave int32 on either side`` () =
    let isVectorised bias =
        (FastExecutor.prepare (biased bias)).IsVectorised

    let reach = 127L * 128L
    Assert.True(isVectorised (int64 Int32.MinValue + reach))
    Assert.False(isVectorised (int64 Int32.MinValue + reach - 1L))
    let reach = 127L * 127L
    Assert.True(isVectorised (int64 Int32.MaxValue - reach))
    Assert.False(isVectorised (int64 Int32.MaxValue - reach + 1L))

[<Fact>]
let ``a float32 factor with an output that float32 does not hold gives the plain outputs`` () =
    let wide =
        { layer with
            OutputRange = Interval.ofBits 32
            Shift = Channelwise.perTensor -20
        }

    let input =
        {
            Sizes = ImmutableArray.Create(1, 1)
            Values = ImmutableArray.Create 127
        }

    match Executor.run wide input, FastExecutor.run 1 (FastExecutor.prepare wide) input with
    | Ok plain, Ok fast ->
        Assert.Equal(Int32.MaxValue, plain.Output.Values[0])
        Assert.Equal<int>(plain.Output.Values, fast.Values)
    | other -> failwith $"{other}"

[<Fact>]
let ``sums of unsigned bytes that leave int32 come back into it with the bias`` () =
    let run =
        FastCase.run
            {
                Profile = 0
                Groups = 1
                Outputs = 4
                Inputs = 9
                Kernel = [ 1 ]
                Room = [ 40 ]
                Samples = 1
                Seed = 3
            }

    let reach = 9L * 128L * 128L
    let edges = [ int64 Int32.MaxValue - reach; int64 Int32.MinValue + reach ]

    let near =
        { run.Layer with
            Weights = ImmutableArray.CreateRange(Seq.init run.Layer.Shape.Count (fun i -> sbyte (i * 97 % 255 - 128)))
            Bias = ImmutableArray.CreateRange(Seq.append edges edges)
            Multiplier = Channelwise.perTensor 1
            Shift = Channelwise.perTensor 25
            OutputOffset = 0
            OutputRange = Interval.ofBits 8
        }

    Assert.True((Preparation.ofQuads near).IsVectorised)

    for way in ways do
        Assert.Equal(None, differs { run with Layer = near } way 1)

[<Fact>]
let ``the vector loops leave a layer to the plain ones whose sums leave int32 before the int15 path shifts them`` () =
    let planned =
        PlainCase.plan
            { PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| Array.create 1033 1.0f |] with
                InputType = ScalarType.Int16
            }

    let isVectorised (sign: int) (last: int) =
        let weights = Array.append (Array.create 1032 127) [| last |]

        let layer =
            { planned.Integers with
                Weights = ImmutableArray.CreateRange(weights |> Seq.map (fun weight -> sbyte (sign * weight)))
                IntrinsicShift = Channelwise.perTensor IntrinsicShift.Hi
            }

        (FastExecutor.prepare layer).IsVectorised

    // inputs of -16384 to 16383 times weights of 131,064 and a last one in all
    Assert.True(isVectorised 1 8)
    Assert.False(isVectorised 1 9)
    Assert.False(isVectorised -1 9)
