namespace QuantFunctional

/// How a model's file stores a real tensor: real = (integer − ZeroPoint)·Step, in float32 (ONNX's QuantizeLinear).
[<NoComparison>]
type Storage =
    {
        /// Real units per integer step.
        Step: float32
        /// The integer that stands for the real 0.
        ZeroPoint: int
        /// The smallest integer of the type.
        Lowest: int
        /// The largest integer of the type.
        Highest: int
    }

    override s.ToString() =
        $"step size {FSharp.RealText.ofSingle s.Step}, zero point {s.ZeroPoint}, {s.Lowest}..{s.Highest}"

namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// From real numbers to stored integers and back, as ONNX Runtime does it: in float32, with a true division, rounding
/// half to even before the zero point is added.
[<RequireQualifiedAccess>]
module Storage =

    let private roundHalfEven (x: float32) = MathF.Round(x, MidpointRounding.ToEven)

    /// The integer of so many steps from the zero point: held in the type, then rounded.
    let ofSteps (storage: Storage) (steps: float32) : int =
        let low = float32 (storage.Lowest - storage.ZeroPoint)
        let high = float32 (storage.Highest - storage.ZeroPoint)
        int (roundHalfEven (Math.Clamp(steps, low, high))) + storage.ZeroPoint

    /// What QuantizeLinear stores; NaN becomes the smallest integer.
    let quantize (storage: Storage) (real: float32) : int =
        if Single.IsNaN real then
            storage.Lowest
        else
            ofSteps storage (real / storage.Step)

    /// What DequantizeLinear gives back.
    let dequantize (storage: Storage) (stored: int) : float32 =
        float32 (stored - storage.ZeroPoint) * storage.Step

    /// A number of steps, zero point included, as an integer of the type.
    let saturate (storage: Storage) (steps: float32) : int =
        int (Math.Clamp(roundHalfEven steps, float32 storage.Lowest, float32 storage.Highest))

    /// The range cut to the integers of a real interval, as an activation that a quantization absorbs does it.
    let clamp (low: float32) (high: float32) (storage: Storage) : Storage =
        { storage with
            Lowest = quantize storage low
            Highest = quantize storage high
        }
