namespace QuantFunctional.FSharp

open System
open System.Numerics
open QuantFunctional

/// Finds the neighbouring weights that are heavy together. Of two that reach a threshold one reaches half of it, and few
/// weights of a channel do, so that most are passed over by vectors. What is found does not depend on their width.
[<NoComparison; NoEquality>]
type internal HeavyPairs =
    private
        {
            Weights: WeightView
            /// Where the weight of each product lies, from a channel's first one on.
            PlaceOf: int array
            /// The product of each weight of a channel, by its place in memory from the channel's first one; empty where a
            /// channel does not lie in one piece.
            ProductAt: int array
        }

    static member Of(weights: WeightView) : HeavyPairs =
        let shape = weights.Shape
        let products = PairOrder.products shape
        let first = shape.Index(0, 0, 0)

        let places =
            Array.init products (fun product -> PairOrder.index shape 0 product - first)

        let inOnePiece = not shape.IsInterleaved && Array.max places = products - 1

        let productAt = Array.zeroCreate (if inOnePiece then products else 0)

        if inOnePiece then
            places |> Array.iteri (fun product place -> productAt[place] <- product)

        {
            Weights = weights
            PlaceOf = places
            ProductAt = productAt
        }

    /// The pairs of a channel whose sum has at least a size, each as its first and its second weight; some come twice.
    member h.OfChannel(channel: int, threshold: float) : ResizeArray<struct (float32 * float32)> =
        let data = h.Weights.Data.Span
        let shape = h.Weights.Shape
        let products = PairOrder.products shape
        let from = shape.Index(channel, 0, 0)
        let found = ResizeArray()
        let least = float32 (threshold * (1.0 - Math.ScaleB(1.0, -20)))

        if h.ProductAt.Length = 0 then
            for product in 1..2 .. products - 1 do
                let first = data[from + h.PlaceOf[product - 1]]
                let second = data[from + h.PlaceOf[product]]

                if abs (first + second) >= least then
                    found.Add struct (first, second)
        else
            let row = data.Slice(from, products)
            let half = Vector(0.5f * least)
            let mutable at = 0

            while at < products do
                let count = min Vector<float32>.Count (products - at)

                if
                    count < Vector<float32>.Count
                    || Vector.GreaterThanOrEqualAny(Vector.Abs(Vector<float32>(row.Slice(at, count))), half)
                then
                    for place in at .. at + count - 1 do
                        let product = h.ProductAt[place] ||| 1

                        if abs row[place] >= 0.5f * least && product < products then
                            let first = data[from + h.PlaceOf[product - 1]]
                            let second = data[from + h.PlaceOf[product]]

                            if abs (first + second) >= least then
                                found.Add struct (first, second)

                at <- at + count

        found
