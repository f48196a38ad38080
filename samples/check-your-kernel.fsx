// Does your kernel compute what a plan means? Layers are tried against the exact executor, and one that fails is shrunk.
// Run: dotnet build -c Release; dotnet fsi samples/check-your-kernel.fsx
#I "../tests/QuantFunctional.Testing/bin/Release/net10.0"
#r "System.Numerics.Tensors.dll"
#r "FsCheck.dll"
#r "QuantFunctional.Core.dll"
#r "QuantFunctional.Testing.dll"

open System
open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// Put your own kernel here. This one is a matrix product for TFLite built with a single rounding, and it has a fault:
/// it rounds halves away from zero, as C's round() does, where the target rounds them up.
let requantize (accumulator: int) (multiplier: int) (shift: int) : int =
    let product = int64 accumulator * int64 multiplier
    let half = 1L <<< (shift - 1)

    if product >= 0L then
        int ((product + half) >>> shift)
    else
        -int((-product + half) >>> shift)

let mine (layer: IntegerLayer) (input: IntegerTensor) : IntegerTensor =
    let rows, length = input.Sizes[0], input.Sizes[1]
    let channels = layer.Shape.Channels

    let output row channel =
        let mutable sum = int layer.Bias[channel]

        for i in 0 .. length - 1 do
            let a = input.Values[row * length + i] - layer.Input.ZeroPoint
            sum <- sum + a * int layer.Weights[channel * length + i]

        let scaled = requantize sum layer.Multiplier[channel] layer.Shift[channel]

        Math.Clamp(scaled + layer.OutputOffset, int layer.OutputRange.Low, int layer.OutputRange.High)

    {
        Sizes = ImmutableArray.Create(rows, channels)
        Values = ImmutableArray.CreateRange(Seq.init (rows * channels) (fun i -> output (i / channels) (i % channels)))
    }

/// What this kernel claims to run; everything else is left out.
let options =
    KernelOptions(
        Profiles = [ BackendProfile.tfliteSingleRounding ],
        Precisions = [ Precision.TfliteInt8 ],
        Paths = [ ActivationPath.Int8 ],
        Layouts = [ WeightLayout.OI ]
    )

let report = KernelCheck.Run(mine, options)
printfn $"{report.Message}"
