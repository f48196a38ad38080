namespace QuantFunctional.FSharp

open QuantFunctional

/// The order in which a kernel adds the products of an output channel, and with that which two are neighbours: the kernel's
/// positions row by row, and at each the input channels of the group; of a matrix product its rows. Product 2k and 2k + 1
/// make a pair, and an odd last one stands alone (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module PairOrder =

    /// What two neighbouring weights of one sign may be together: 255·128 fits 16 bits.
    let internal most = 128

    /// How a layer of these weights adds its products on a path. Depthwise kernels (one input and one output channel to each
    /// group, also where there is one group) add them in full on every target, and so do the paths of 16-bit inputs.
    let productSums (profile: BackendProfile) (path: ActivationPath) (shape: WeightShape) : ProductSums =
        let depthwise = shape.Inputs = 1 && shape.Channels = shape.Groups

        if path = ActivationPath.Int8 && not depthwise then
            profile.Products
        else
            ProductSums.InFull

    /// How many products of an output channel there are, each with its place in the order from 0 on.
    let products (shape: WeightShape) : int = shape.WeightsPerChannel

    /// Where the weight of a channel's product lies in memory, by the product's place in the order.
    let index (shape: WeightShape) (channel: int) (product: int) : int =
        shape.Index(channel, product % shape.Inputs, product / shape.Inputs)

    /// The pair of a channel whose weights of one sign are the most together: its place among the pairs, and the sum with its
    /// sign. The first one where several are; 0 and 0 where no weight has a neighbour.
    let heaviest (shape: WeightShape) (weights: System.Collections.Immutable.ImmutableArray<sbyte>) (channel: int) =
        let mutable place, most = 0, 0

        for product in 1..2 .. products shape - 1 do
            let first = int weights[index shape channel (product - 1)]
            let second = int weights[index shape channel product]
            let above, below = max first 0 + max second 0, min first 0 + min second 0
            let sum = if above >= -below then above else below

            if abs sum > abs most then
                place <- product / 2
                most <- sum

        struct (place, most)

    /// Two neighbouring integer weights whose products 16 bits hold together, whatever the inputs of 0 to 255 are:
    /// 255·128 = 32640, and two of unlike sign never leave them.
    let isSafe (first: sbyte) (second: sbyte) : bool =
        let first, second = int first, int second
        max first 0 + max second 0 <= most && min first 0 + min second 0 >= -most
