module QuantFunctional.Tests.FastLimitsTests

open System
open System.Collections.Immutable
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

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
