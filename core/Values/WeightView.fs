namespace QuantFunctional

open System
open System.Collections.Immutable

/// Weights seen by output channel, whatever their order in memory. Nothing is copied.
[<NoComparison; NoEquality>]
type WeightView =
    private
        {
            shape: WeightShape
            data: ReadOnlyMemory<float32>
        }

    /// What the axes are.
    member v.Shape = v.shape

    /// The values in their own order.
    member v.Data = v.data

    /// How many output channels there are.
    member v.Channels = v.shape.Channels

    static member internal Of(shape: WeightShape, data: ReadOnlyMemory<float32>) = { shape = shape; data = data }

    override v.ToString() = $"weights {v.shape}"

namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// Views of weights by output channel (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module WeightView =

    /// The view of values in a shape. Refused: a number of values that is not the product of the sizes.
    let ofShape (shape: WeightShape) (data: ReadOnlyMemory<float32>) : Result<WeightView, Refusal> =
        if data.Length <> shape.Count then
            Error(Refusal.WeightCount(shape.Sizes, data.Length))
        else
            Ok(WeightView.Of(shape, data))

    /// The view of a tensor in a layout with so many groups.
    let create
        (layout: WeightLayout)
        (groups: int)
        (sizes: int seq)
        (data: ReadOnlyMemory<float32>)
        : Result<WeightView, Refusal> =
        WeightShape.create layout groups sizes |> Result.bind (fun shape -> ofShape shape data)
