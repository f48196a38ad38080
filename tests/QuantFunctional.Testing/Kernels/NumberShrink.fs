namespace QuantFunctional.Testing

open System.Numerics
open QuantFunctional
open QuantFunctional.FSharp

/// Smaller numbers in a layer and its input.
[<RequireQualifiedAccess>]
module internal NumberShrink =

    /// 0, then ever nearer to the number: a search by halves.
    let private nearer (value: int64) : int64 seq =
        Seq.unfold (fun step -> if step = 0L then None else Some(value - step, step / 2L)) value

    let private each (values: 'T array) (toLong: 'T -> int64) (ofLong: int64 -> 'T) : 'T array seq =
        seq {
            for index in 0 .. values.Length - 1 do
                for smaller in nearer (toLong values[index]) do
                    yield Array.updateAt index (ofLong smaller) values
        }

    /// The numbers all at once, then one by one.
    let private fewer (values: 'T array) (toLong: 'T -> int64) (ofLong: int64 -> 'T) : 'T array seq =
        seq {
            if Array.exists (fun value -> toLong value <> 0L) values then
                yield Array.map (fun _ -> ofLong 0L) values

                for bits in [ 4; 1 ] do
                    let halved =
                        values |> Array.map (fun value -> ofLong (toLong value / (1L <<< bits)))

                    if not (Array.forall2 (fun a b -> toLong a = toLong b) halved values) then
                        yield halved

                yield! each values toLong ofLong
        }

    let private withLayer (parts: LayerParts) (layer: IntegerLayer) = { parts with Layer = layer }

    /// The encoding with another zero point.
    let private at (zeroPoint: int) (encoding: Encoding) =
        Encoding.ofStep encoding.StepSize zeroPoint encoding.Type |> LayerCase.need

    /// An output clamp that opens, zero points that go to 0; a clamp at the zero point goes with it.
    let private encodings (parts: LayerParts) : LayerParts seq =
        let layer = parts.Layer
        let whole = Encoding.wholeRange layer.Output.Type |> LayerCase.need

        seq {
            if layer.OutputRange <> whole then
                yield withLayer parts { layer with OutputRange = whole }

            for zeroPoint in nearer layer.Input.ZeroPoint do
                yield
                    withLayer
                        parts
                        { layer with
                            Input = at (int zeroPoint) layer.Input
                        }

            for zeroPoint in nearer layer.Output.ZeroPoint do
                let follows = layer.OutputRange.Low = int64 layer.Output.ZeroPoint

                yield
                    withLayer
                        parts
                        { layer with
                            Output = at (int zeroPoint) layer.Output
                            OutputOffset = if layer.OutputOffset = 0 then 0 else int zeroPoint
                            OutputRange =
                                if follows then
                                    { layer.OutputRange with
                                        Low = zeroPoint
                                    }
                                else
                                    layer.OutputRange
                        }
        }

    /// Multipliers of few bits; their number of bits stays, since a target may ask for it.
    let private multipliers (parts: LayerParts) : LayerParts seq =
        seq {
            for kept in [ 1; 2; 4; 8; 16 ] do
                let rounded =
                    parts.Multiplier
                    |> Array.map (fun value ->
                        let width = 32 - BitOperations.LeadingZeroCount(uint32 value)
                        value &&& -(1 <<< max 0 (width - kept)))

                if rounded <> parts.Multiplier then
                    yield { parts with Multiplier = rounded }
        }

    /// Smaller shifts, with the biases shifted along or not: what is rounded stays what it is.
    let private shifts (parts: LayerParts) : LayerParts seq =
        seq {
            for by in [ 32; 16; 8; 4; 2; 1 ] do
                let shifted = parts.Shift |> Array.map (fun shift -> shift - by)

                if Array.forall (fun shift -> shift >= 0) shifted then
                    // beside the half as well, since rounding twice moves the tie
                    for beside in [ 0L; -1L; 1L; -2L; 2L ] do
                        yield
                            { parts with
                                Shift = shifted
                                Bias = parts.Bias |> Array.map (fun bias -> (bias >>> by) + beside)
                            }

                    yield { parts with Shift = shifted }

            if Array.contains IntrinsicShift.Hi parts.IntrinsicShift then
                yield
                    { parts with
                        IntrinsicShift = Array.map (fun _ -> IntrinsicShift.Lo) parts.IntrinsicShift
                    }
        }

    /// Smaller numbers, the largest steps first.
    let smaller (parts: LayerParts) : LayerParts seq =
        seq {
            yield! encodings parts
            yield! multipliers parts

            for input in fewer parts.Input int64 int do
                yield { parts with Input = input }

            for weights in fewer parts.Weights int64 int do
                yield { parts with Weights = weights }

            for bias in fewer parts.Bias id id do
                yield { parts with Bias = bias }

            yield! shifts parts
        }
