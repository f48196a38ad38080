namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Generators of layers that aim at the edges of planning.
[<RequireQualifiedAccess>]
module LayerGen =

    let private single (x: float) =
        float32 (Math.Clamp(x, -Numbers.largestSingle, Numbers.largestSingle))

    /// The weights of one channel; `size` is the magnitude that its neighbours have.
    let channel (length: int) (size: float) : Gen<float32 array> =
        let many weight =
            Gen.arrayOfLength length (Gen.map single weight)

        Gen.frequency
            [
                12, many (Gen.map ((*) size) NumberGen.unit)
                1, many (NumberGen.signed (NumberGen.magnitude -100 100))
                1, many (Gen.map ((*) (size * 1e4)) NumberGen.unit)
                1, many (Gen.map ((*) (size * 1e-7)) NumberGen.unit)
                1, many (Gen.map (fun u -> u * 1e30) NumberGen.unit)
                1, many (Gen.constant 0.0)
                1, many (Gen.choose (-9, 9) |> Gen.map (fun n -> float n * float Single.Epsilon))
                1, many (Gen.constant size)
            ]

    let private length =
        Gen.frequency
            [
                1, Gen.constant 1
                12, Gen.choose (1, 40)
                6, Gen.choose (41, 200)
                1, Gen.choose (1000, 4000)
            ]

    /// Weights of so many channels, of one magnitude or of as many as there are channels.
    let private weights (channels: int) (length: int) : Gen<float32 array array> =
        gen {
            let! size =
                Gen.frequency [ 6, NumberGen.magnitude -12 3; 1, NumberGen.magnitude -140 120 ]

            let! plain = Gen.elements [ true; false ]

            let ordinary =
                Gen.arrayOfLength length (Gen.map (fun u -> single (u * size)) NumberGen.unit)

            return! Gen.arrayOfLength channels (if plain then ordinary else channel length size)
        }

    /// Kernel positions and groups, and weights that they divide.
    let private shaped: Gen<struct (int * int * float32 array array)> =
        gen {
            let! length = length
            let! positions = Gen.frequency [ 3, Gen.constant 1; 1, Gen.elements [ 2; 3; 9 ] ]
            let! groups = Gen.frequency [ 4, Gen.constant 1; 1, Gen.elements [ 2; 3 ] ]
            let length = max 1 (length / positions) * positions
            let! channels = Gen.choose (1, (if length > 200 then 3 else 12))
            let channels = max 1 (channels / groups) * groups
            let! weights = weights channels length
            return struct (positions, groups, weights)
        }

    /// Biases from nothing to far beyond what the integers can say; `width` is what the sums span, `steps` what
    /// a step of the accumulator is in each channel.
    let bias (steps: float array) (width: float) : Gen<float32 array> =
        let channels = steps.Length

        // beside the end of int32, where the product takes the sum over it
        let atTheEnd (parts: float array) =
            Array.map2 (fun step part -> single (Math.CopySign(2147483648.0 * step, part) - part * width)) steps parts

        // beyond the end of int32 by some bits in each channel, or not at all
        let beyond (bits: int array) =
            Array.map2
                (fun step bits ->
                    if bits = 0 then
                        0.0f
                    else
                        single (Math.ScaleB(step, 30 + bits)))
                steps
                bits

        let every source =
            Gen.arrayOfLength channels (Gen.map single source)

        Gen.frequency
            [
                2, Gen.constant [||]
                1, every (Gen.constant 0.0)
                6, every (Gen.map ((*) width) NumberGen.unit)
                1, every (Gen.map2 (fun u k -> u * Math.ScaleB(width, k)) NumberGen.unit (Gen.choose (0, 30)))
                1, every (NumberGen.signed (NumberGen.magnitude -149 127))
                1, Gen.map atTheEnd (Gen.arrayOfLength channels NumberGen.unit)
                1, Gen.map beyond (Gen.arrayOfLength channels (Gen.choose (0, 8)))
            ]

    let inputStep: Gen<float> =
        Gen.frequency
            [
                3, Gen.choose (-20, 6) |> Gen.map (fun exponent -> Math.ScaleB(1.0, exponent))
                6, NumberGen.magnitude -20 5
                1, NumberGen.magnitude -120 100
            ]

    /// Zero points of a type: its ends, 0 and its neighbour, and all others.
    let zeroPoint (scalar: ScalarType) : Gen<int> =
        let struct (low, high) = LayerCase.inputRange scalar
        Gen.frequency [ 2, Gen.elements [ low; 0; high; -1 ]; 3, Gen.choose (low, high) ]

    /// The range that the layer itself reaches, or a part of it as real inputs leave it.
    let private ownRange (lowest: float, highest: float) =
        Gen.frequency [ 3, Gen.choose (0, 8); 1, Gen.choose (9, 20) ]
        |> Gen.map (fun k ->
            let part x =
                Math.Clamp(Math.ScaleB(x, -k), -1e30, 1e30)

            part lowest, part highest)

    /// Means within and around what the inputs and the sums can be.
    let private correction (inputs: int) (channels: int) (input: float) (output: float) : Gen<Correction> =
        let means count width =
            Gen.arrayOfLength count (Gen.map ((*) width) NumberGen.unit)

        Gen.frequency
            [
                6, Gen.constant Correction.Off
                2, Gen.map Correction.MeanInput (means inputs input)
                2,
                gen {
                    let! quantized = means channels output
                    let! differences = means channels (output / 16.0)
                    return Correction.MeanOutput(quantized, Array.map2 (+) quantized differences)
                }
            ]

    let private caseOf
        (shaped: Gen<struct (int * int * float32 array array)>)
        (request: Gen<PlanRequest * ScalarType>)
        : Gen<LayerCase> =
        gen {
            let! request, inputType = request
            let! relu = Gen.frequency [ 2, Gen.constant false; 1, Gen.constant true ]
            let! struct (positions, groups, weights) = shaped
            let! step = inputStep

            let! zeroPoint =
                if RequestGen.isWhole request.Profile inputType then
                    Gen.constant 0
                else
                    zeroPoint inputType

            let bare =
                {
                    Request = request
                    Relu = relu
                    Weights = weights
                    Positions = positions
                    Groups = groups
                    Bias = [||]
                    InputType = inputType
                    InputStep = step
                    InputZeroPoint = zeroPoint
                    Low = 0.0
                    High = 0.0
                    Correction = Correction.Off
                }

            let lowest, highest = LayerCase.reach bare

            let steps =
                weights |> Array.map (fun values -> step / 127.0 * float (Array.max (Array.map abs values)))

            let! bias = bias steps (highest - lowest)
            let biased = { bare with Bias = bias }

            let! low, high =
                Gen.frequency [ 4, ownRange (LayerCase.reach biased); 1, DistributionGen.range ]

            let input =
                let struct (low, high) = LayerCase.inputRange inputType
                step * float (high - low)

            let! correction = correction bare.InputChannels bare.Channels input (high - low)

            // what is observed of a ReLU may be seen before it or after it
            let! seenAfter = Gen.elements [ relu; false ]

            return
                { biased with
                    Low = if seenAfter then max low 0.0 else low
                    High = if seenAfter then max high 0.0 else high
                    Correction = correction
                }
        }

    /// Layers of what is asked for: `RequestGen.request`, or requests and types of input of one's own.
    let ofRequest (request: Gen<PlanRequest * ScalarType>) : Gen<LayerCase> = caseOf shaped request

    /// The same with so many channels of so many weights, which kernel positions and groups divide.
    let ofSizes
        (channels: int)
        (length: int)
        (positions: int)
        (groups: int)
        (request: Gen<PlanRequest * ScalarType>)
        : Gen<LayerCase> =
        let sized =
            weights channels length |> Gen.map (fun weights -> struct (positions, groups, weights))

        caseOf sized request

    /// Layers of every kind.
    let case: Gen<LayerCase> = caseOf shaped RequestGen.request

    /// Layers of 16-bit inputs with an accumulator of more than 32 bits.
    let wide: Gen<LayerCase> = caseOf shaped RequestGen.wide

    /// Layers of 16-bit inputs on targets with few bits, so that channels overflow together and are answered apart.
    let tight: Gen<LayerCase> = caseOf shaped RequestGen.tight
