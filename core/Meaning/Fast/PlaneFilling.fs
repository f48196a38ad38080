namespace QuantFunctional.FSharp

open System

/// The inputs of the channels that share an int32, by place.
type internal ILaneSource =
    /// What they hold at one place.
    abstract At: place: int -> int

    /// Writes what they hold at so many places, one after the other.
    abstract Fill: place: int * target: int array * into: int * count: int -> unit

/// Lays inputs out as planes.
[<RequireQualifiedAccess>]
module internal PlaneFilling =

    /// One row of a phase whose inputs may lie apart.
    let private apart<'S when 'S :> ILaneSource and 'S: struct>
        (source: int array, phase: int, length: int, inputs: 'S, first: int, empty: int, target: int array, into: int)
        : unit =
        for place in 0 .. length - 1 do
            target[into + place] <-
                match source[phase * length + place] with
                | -1 -> empty
                | at -> inputs.At(first + at)

    /// One plane; `empty` is what the padding holds.
    let plane<'S when 'S :> ILaneSource and 'S: struct>
        (planes: Planes, inputs: 'S, empty: int, target: int array, into: int)
        : unit =
        let last = planes.Last
        let length = last.Length

        for row in 0 .. planes.RowSource.Length - 1 do
            let start = into + row * length

            match planes.RowSource[row] with
            | -1 -> Array.Fill(target, empty, start, length)
            | source ->
                let phase = planes.RowPhase[row]
                let places = ReadOnlySpan(last.Source, phase * length, length)
                let first, final = places.IndexOfAnyExcept -1, places.LastIndexOfAnyExcept -1

                if first < 0 then
                    Array.Fill(target, empty, start, length)
                elif places[final] - places[first] = final - first then
                    Array.Fill(target, empty, start, first)
                    inputs.Fill(source + places[first], target, start + first, final - first + 1)
                    Array.Fill(target, empty, start + final + 1, length - final - 1)
                else
                    apart (last.Source, phase, length, inputs, source, empty, target, start)
