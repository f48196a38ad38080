namespace QuantFunctional.FSharp

open System
open System.Collections.Generic
open System.Globalization

/// Numbers and lists as sentences show them: in ASCII, the same in every culture.
[<RequireQualifiedAccess>]
module internal Words =

    let private invariant = CultureInfo.InvariantCulture

    /// Six significant digits; a whole number that a double holds exactly with all of them.
    let number (x: float) : string =
        if x = Math.Floor x && abs x < 9007199254740992.0 then
            (x + 0.0).ToString("F0", invariant)
        else
            x.ToString("G6", invariant)

    /// Two digits after the point.
    let hundredths (x: float) : string = x.ToString("F2", invariant)

    /// A whole number.
    let whole (x: int64) : string = x.ToString invariant

    /// 1 bit, 2 bits.
    let counted (count: int) (noun: string) : string =
        if count = 1 then $"1 {noun}" else $"{count} {noun}s"

    /// The channels by number, at most 8 of them.
    let channels (channels: IReadOnlyList<int>) : string =
        let noun = if channels.Count = 1 then "channel" else "channels"
        let shown = String.Join(", ", Seq.truncate 8 channels)

        if channels.Count > 8 then
            $"{noun} {shown} and {channels.Count - 8} more"
        else
            $"{noun} {shown}"

    /// A number that is taken off, with a sign that reads well: " - 3" or " + 3".
    let minus (x: int64) : string =
        if x < 0L then $" + {whole -x}" else $" - {whole x}"

    /// A number that is added.
    let plus (x: int64) : string =
        if x < 0L then $" - {whole -x}" else $" + {whole x}"

    /// 2^exponent in place.
    let pow2 (exponent: int) : string = $"2^{exponent}"
