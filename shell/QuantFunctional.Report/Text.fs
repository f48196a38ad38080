/// Numbers and names as a reader wants them.
module internal QuantFunctional.Report.Text

open System
open System.Globalization

let private invariant = CultureInfo.InvariantCulture

/// A whole number in groups of three.
let grouped (number: int64) : string = number.ToString("N0", invariant)

let fixedPoint (digits: int) (number: float) : string =
    number.ToString($"F{digits}", invariant)

let significant (digits: int) (number: float) : string =
    number.ToString($"G{digits}", invariant)

let percent (digits: int) (share: float) : string =
    if Double.IsFinite share then
        $"{fixedPoint digits (100.0 * share)} %%"
    else
        "–"

let decibels (ratio: float) : string =
    if Double.IsPositiveInfinity ratio then "equal"
    elif Double.IsFinite ratio then $"{fixedPoint 1 ratio} dB"
    else "lost"

/// A count and its noun: 1 layer, 2 layers.
let counted (count: int) (noun: string) : string =
    if count = 1 then
        $"1 {noun}"
    else
        $"{grouped count} {noun}s"

/// How many of them are shown, where not all are.
let shown (count: int) (all: int) : string =
    if count = all then
        grouped all
    else
        $"worst {count} of {grouped all}"

/// A long name without its middle.
let short (most: int) (name: string) : string =
    if name.Length <= most then
        name
    else
        let tail = (most - 1) * 2 / 3
        name.Substring(0, most - 1 - tail) + "…" + name.Substring(name.Length - tail)

/// The last part of a path, whatever separates its parts.
let fileName (path: string) : string =
    path.Substring(path.LastIndexOfAny [| '/'; '\\' |] + 1)

/// A number of a plot to the digits that can be seen, so that the page is small and has the same bytes everywhere.
let forPlot (number: float) : float =
    if number = 0.0 || not (Double.IsFinite number) then
        0.0
    else
        Double.Parse(significant 6 number, invariant)
