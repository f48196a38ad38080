namespace QuantFunctional

open System.Collections.Immutable

/// Where a convolution's kernel goes. Planning does not depend on it; who runs the plan needs it.
[<NoComparison>]
type Geometry =
    {
        /// Steps from one output to the next, one for each kernel axis; of the output for a transposed convolution.
        Strides: ImmutableArray<int>
        /// What is added at the begin of each kernel axis, then at the end of each: ONNX's order.
        Pads: ImmutableArray<int>
        /// The distance of neighbouring kernel positions, one for each kernel axis.
        Dilations: ImmutableArray<int>
        /// True where each input is spread over outputs, false where each output is gathered from inputs.
        IsTransposed: bool
    }

    override g.ToString() =
        let kind = if g.IsTransposed then "transposed, " else ""
        $"{kind}strides {FSharp.ShortText.list g.Strides}, pads {FSharp.ShortText.list g.Pads}, dilations {FSharp.ShortText.list g.Dilations}"

namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// Makes geometries.
[<RequireQualifiedAccess>]
module Geometry =

    let private repeat count value =
        ImmutableArray.CreateRange(Seq.replicate count value)

    /// Stride 1, no padding, dense: for so many kernel axes.
    let plain (kernelAxes: int) : Geometry =
        {
            Strides = repeat kernelAxes 1
            Pads = repeat (2 * kernelAxes) 0
            Dilations = repeat kernelAxes 1
            IsTransposed = false
        }

    /// The geometry, if it fits a kernel of so many axes. Refused: another number of entries, a stride or dilation below 1,
    /// a negative padding, anything but the plain geometry where there is no kernel.
    let fit (kernelAxes: int) (geometry: Geometry) : Result<Geometry, Refusal> =
        let refuse what (values: ImmutableArray<int>) remedy =
            Error(Refusal.GeometryNotFit(what, values, remedy))

        let wrongLength expected (values: ImmutableArray<int>) = values.Length <> expected

        let entries (what: string) count =
            $"a kernel of {kernelAxes} axes has {count} {what}"

        if wrongLength kernelAxes geometry.Strides then
            refuse "strides" geometry.Strides (entries "strides" kernelAxes)
        elif wrongLength (2 * kernelAxes) geometry.Pads then
            refuse "pads" geometry.Pads (entries "pads" (2 * kernelAxes))
        elif wrongLength kernelAxes geometry.Dilations then
            refuse "dilations" geometry.Dilations (entries "dilations" kernelAxes)
        elif geometry.Strides |> Seq.exists (fun stride -> stride < 1) then
            refuse "strides" geometry.Strides "a stride is at least 1"
        elif geometry.Pads |> Seq.exists (fun pad -> pad < 0) then
            refuse "pads" geometry.Pads "a padding is at least 0"
        elif geometry.Dilations |> Seq.exists (fun dilation -> dilation < 1) then
            refuse "dilations" geometry.Dilations "a dilation is at least 1"
        elif geometry.IsTransposed && kernelAxes = 0 then
            refuse "transposed" ImmutableArray.Empty "a product cannot be transposed: name the other layout"
        else
            Ok geometry
