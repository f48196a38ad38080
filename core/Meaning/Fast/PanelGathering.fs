namespace QuantFunctional.FSharp

#nowarn "3535"

open QuantFunctional

/// Panels of inputs: what the places of one tile meet, one step of the kernel after the other.
[<RequireQualifiedAccess>]
module internal PanelGathering =

    /// Copies what one tile's places meet at every step, so that the kernel reads on and on.
    let gather<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (planes: Planes, lanes: int, inputs: int array, first: int, panel: byref<int>)
        : unit =
        let n = nativeint 'L.Count
        let mutable into = 0n

        for lane in 0 .. lanes - 1 do
            let plane = &inputs[lane * planes.Size + first]

            for tap in 0 .. planes.Taps.Length - 1 do
                let from = nativeint planes.Taps[tap]
                'L.Save('L.Load(&plane, from), &panel, into)
                'L.Save('L.Load(&plane, from + n), &panel, into + n)
                'L.Save('L.Load(&plane, from + n + n), &panel, into + n + n)
                into <- into + 3n * n

    /// The same where neighbours come together, each from the plane of its own channel.
    let gatherNeighbours<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (planes: Planes, shape: WeightShape, inputs: int array, first: int, panel: byref<int>)
        : unit =
        let low = 'L.Fill 0xFFFF
        let products = PairOrder.products shape

        let planeOf product =
            product % shape.Inputs * planes.Size + planes.Taps[product / shape.Inputs] + first

        let mutable into = 0n

        for step in 0 .. PackedWeights.steps LaneForm.Neighbours shape - 1 do
            let one = &inputs[planeOf (2 * step)]
            // an odd last product meets no second weight
            let other = &inputs[planeOf (min (2 * step + 1) (products - 1))]

            for i in 0 .. PairKernels.Vectors - 1 do
                let from = nativeint (i * 'L.Count)
                let first = 'L.And('L.Load(&one, from), low)
                let second = 'L.ShiftLeft('L.Load(&other, from), 16)
                'L.Save('L.Or(first, second), &panel, into + from)

            into <- into + nativeint (PairKernels.Vectors * 'L.Count)
