namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// Pools over windows of stored numbers.
[<RequireQualifiedAccess>]
module Pools =

    /// Each output position's stored numbers through a function, for every sample and channel. The function also gets
    /// how many positions of the window lie in the padding.
    let internal overWindows (placement: KernelPlacement) (pool: int array -> int -> int) (input: IntegerTensor) =
        let spatial = input.Sizes.RemoveRange(0, 2)
        let positions = Seq.fold (*) 1 spatial
        let outputs = Seq.fold (*) 1 placement.OutputSizes
        let window = placement.Inputs.Length / max 1 outputs
        let planes = input.Sizes[0] * input.Sizes[1]

        let places =
            Array.init outputs (fun place ->
                Array.sub placement.Inputs (place * window) window |> Array.filter (fun at -> at >= 0))

        let values =
            Array.init (planes * outputs) (fun index ->
                let plane, place = index / outputs, index % outputs
                let inside = places[place]
                pool (inside |> Array.map (fun at -> input.Values[plane * positions + at])) (window - inside.Length))

        {
            Sizes = ImmutableArray.CreateRange(Seq.append [ input.Sizes[0]; input.Sizes[1] ] placement.OutputSizes)
            Values = ImmutableArray.Create<int> values
        }

    /// MaxPool, which padding never wins.
    let maximum (placement: KernelPlacement) (lowest: int) (input: IntegerTensor) : IntegerTensor =
        overWindows placement (fun inside _ -> Array.fold max lowest inside) input
