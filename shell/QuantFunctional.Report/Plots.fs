namespace QuantFunctional.Report

open System
open Giraffe.ViewEngine
open Plotly.NET
open Plotly.NET.LayoutObjects

/// A plot, and what it is for who does not see it.
type internal Plot =
    {
        Chart: GenericChart
        /// In pixels.
        Height: int
        Caption: XmlNode list
    }

module internal Plots =

    // both are told apart from each other, and from white and nearly black paper, also without colours
    let private activations, private weights, private mark =
        Color.fromHex "#3b82c4", Color.fromHex "#e07b2f", Color.fromHex "#d1385f"

    let private zeros = Color.fromHex "#8a94a0"

    /// Plotly reads some tags in its texts.
    let private plain (text: string) : string =
        text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;")

    let private axis (title: string) (kind: StyleParam.AxisType) : LinearAxis =
        LinearAxis.init (Title = Title.init (Text = title), AxisType = kind)

    /// Horizontal bars from the top, each with a label, a value, its text and what is told of it; in two groups.
    let bars
        (title: string)
        (groups: string * string)
        (rows: (string * float * string * string * bool) list)
        : GenericChart =
        let trace name color (isFirst: bool) =
            let own =
                rows |> List.indexed |> List.filter (fun (_, (_, _, _, _, first)) -> first = isFirst)

            let trace =
                Chart.Bar(
                    values = [ for _, (_, value, _, _, _) in own -> Text.forPlot value ],
                    Keys = [ for at, _ in own -> at ],
                    Name = name,
                    MarkerColor = color,
                    MultiText = [ for _, (_, _, text, _, _) in own -> plain text ],
                    TextPosition = StyleParam.TextPosition.Outside,
                    UseDefaults = false
                )
                |> GenericChart.mapTrace (
                    Trace2DStyle.Bar(
                        HoverInfo = StyleParam.HoverInfo.Text,
                        MultiHoverText = [ for _, (_, _, _, told, _) in own -> plain told ]
                    )
                )

            if own.IsEmpty then [] else [ trace ]

        let labels =
            axis "" StyleParam.AxisType.Linear
            |> LinearAxis.style (
                AutoRange = StyleParam.AutoRange.Reversed,
                TickMode = StyleParam.TickMode.Array,
                TickVals = [ for at in 0 .. rows.Length - 1 -> at ],
                TickText = [ for label, _, _, _, _ in rows -> plain label ]
            )

        trace (fst groups) activations true @ trace (snd groups) weights false
        |> Chart.combine
        |> Chart.withXAxis (
            // with room for the text of the longest
            axis title StyleParam.AxisType.Linear
            |> LinearAxis.style (
                Range =
                    StyleParam.Range.MinMax(
                        0.0,
                        Text.forPlot (1.2 * List.max [ for _, value, _, _, _ in rows -> value ])
                    )
            )
        )
        |> Chart.withYAxis labels
        |> Chart.withLayoutStyle (BarMode = StyleParam.BarMode.Overlay, BarGap = 0.3)

    let private columns (name: string) (color: Color) (width: float) (points: (float * int64) list) : GenericChart =
        Chart.Column(
            values = List.map snd points,
            Keys = List.map (fst >> Text.forPlot) points,
            Name = name,
            MarkerColor = color,
            Width = Text.forPlot width,
            UseDefaults = false
        )

    let private line (at: float) : Shape =
        Shape.init (
            ShapeType = StyleParam.ShapeType.Line,
            X0 = Text.forPlot at,
            X1 = Text.forPlot at,
            Y0 = 0,
            Y1 = 1,
            Yref = "paper",
            Line = Line.init (Color = mark, Width = 1.5, Dash = StyleParam.DrawingStyle.Dash)
        )

    let private histogram (traces: GenericChart list) : GenericChart =
        traces
        |> Chart.combine
        |> Chart.withXAxis (axis "value" StyleParam.AxisType.Linear)
        |> Chart.withYAxis (axis "count" StyleParam.AxisType.Log)
        |> Chart.withLayoutStyle (BarMode = StyleParam.BarMode.Overlay, BarGap = 0.0)

    /// How often a tensor took which values, with the ends of its range.
    let values (bins: Bins) (low: float) (high: float) : GenericChart =
        histogram
            [
                if not bins.Counts.IsEmpty then
                    columns "values" activations bins.Width bins.Counts
                if bins.Zeros > 0L then
                    columns "exactly 0" zeros bins.Width [ 0.0, bins.Zeros ]
            ]
        |> Chart.withShapes [ line low; line high ]

    /// How often weights take which values, before and after.
    let weightsOf (before: Bins) (after: Bins) : GenericChart =
        let all (bins: Bins) =
            if bins.Zeros > 0L then
                (0.0, bins.Zeros) :: bins.Counts |> List.sortBy fst
            else
                bins.Counts

        histogram
            [
                columns "float" zeros before.Width (all before)
                Chart.Point(
                    x = [ for at, _ in all after -> Text.forPlot at ],
                    y = [ for _, count in all after -> count ],
                    Name = "rounded",
                    MarkerColor = weights,
                    UseDefaults = false
                )
            ]

    /// Shares and what is reached with them: all points, the line of those that nothing beats, the one that was taken, and the target.
    let frontier
        (shares: string)
        (quantity: string)
        (all: (float * float * string) list)
        (best: (float * float * string) list)
        (taken: (float * float * string) list)
        (target: float)
        : GenericChart =
        let xs points =
            [ for x, _, _ in points -> Text.forPlot x ]

        let ys points =
            [ for _, y, _ in points -> Text.forPlot y ]

        let marks name color size points =
            Chart.Point(
                x = xs points,
                y = ys points,
                MultiText = [ for _, _, told in points -> plain told ],
                Name = name,
                MarkerColor = color,
                Marker = TraceObjects.Marker.init (Size = size),
                UseDefaults = false
            )

        [
            marks "tried" zeros 7 all
            Chart.Line(
                x = xs best,
                y = ys best,
                Name = "best for each share",
                LineColor = activations,
                UseDefaults = false
            )
            if not taken.IsEmpty then
                marks "the result" weights 12 taken
        ]
        |> Chart.combine
        |> Chart.withXAxis (axis shares StyleParam.AxisType.Linear)
        |> Chart.withYAxis (axis quantity StyleParam.AxisType.Linear)
        |> Chart.withShape (
            Shape.init (
                ShapeType = StyleParam.ShapeType.Line,
                X0 = 0,
                X1 = 1,
                Xref = "paper",
                Y0 = Text.forPlot target,
                Y1 = Text.forPlot target,
                Line = Line.init (Color = mark, Width = 1.5, Dash = StyleParam.DrawingStyle.Dash)
            )
        )

    /// The plot's place in the page, with its data as JSON, of which nothing can end the script.
    let figure' (id: string) (plot: Plot) : XmlNode =
        let json = (GenericChart.toJson plot.Chart).Replace("<", "\\u003c")

        figure
            [ _id id; _class "plot" ]
            [
                div
                    [
                        _class "canvas"
                        attr "style" $"height:{plot.Height}px"
                        attr "aria-hidden" "true"
                    ]
                    []
                figcaption [] plot.Caption
                script [ _type "application/json" ] [ rawText json ]
            ]
