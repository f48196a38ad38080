// Draws icon.png: a curve, and the steps that stand for it.
open System
open System.IO
open System.IO.Compression
open System.Text

let size = 128

/// The curve's height at x, both from 0 to 1.
let curve x =
    1. / (1. + exp (-9. * (x - 0.5))) * 0.8 + 0.1

let steps = 6.

let stair x =
    curve ((floor (x * steps) + 0.5) / steps)

let isInside x y =
    let beyond v = max 0. (abs (v - 0.5) - 0.34)
    Math.Sqrt(beyond x * beyond x + beyond y * beyond y) < 0.16

/// The distance of a point from a function's graph, walls included.
let distance height x y =
    Seq.init 161 (fun i -> x + float (i - 80) / 1000.)
    |> Seq.pairwise
    |> Seq.map (fun (l, r) ->
        let lo, hi = min (height l) (height r), max (height l) (height r)
        let dy = if y < lo then lo - y elif y > hi then y - hi else 0.
        Math.Sqrt((l - x) * (l - x) + dy * dy))
    |> Seq.min

let colour x y =
    let plotX, plotY = (x - 0.12) / 0.76, (0.88 - y) / 0.76
    let within = plotX >= 0. && plotX <= 1.

    if not (isInside x y) then [| 0uy; 0uy; 0uy; 0uy |]
    elif within && distance stair plotX plotY < 0.035 then [| 255uy; 179uy; 71uy; 255uy |]
    elif within && distance curve plotX plotY < 0.02 then [| 150uy; 190uy; 230uy; 255uy |]
    else [| 24uy; 44uy; 74uy; 255uy |]

/// The mean of 3 by 3 points of a pixel.
let pixel column row =
    let points =
        [|
            for i in 0..2 do
                for j in 0..2 ->
                    colour
                        ((float column + (float i + 0.5) / 3.) / float size)
                        ((float row + (float j + 0.5) / 3.) / float size)
        |]

    Array.init 4 (fun k -> byte (points |> Array.averageBy (fun point -> float point[k])))

let pixels =
    [|
        for row in 0 .. size - 1 do
            yield 0uy

            for column in 0 .. size - 1 do
                yield! pixel column row
    |]

let bigEndian (n: uint32) =
    Array.rev (BitConverter.GetBytes n)

let crc (bytes: byte array) =
    (0xFFFFFFFFu, bytes)
    ||> Array.fold (fun sum b ->
        (sum ^^^ uint32 b, [ 1..8 ])
        ||> List.fold (fun c _ -> if c &&& 1u = 1u then (c >>> 1) ^^^ 0xEDB88320u else c >>> 1))
    |> (~~~)

let chunk (name: string) (data: byte array) =
    let body = Array.append (Encoding.ASCII.GetBytes name) data
    Array.concat [ bigEndian (uint32 data.Length); body; bigEndian (crc body) ]

let packed =
    use memory = new MemoryStream()
    (use zip = new ZLibStream(memory, CompressionLevel.SmallestSize)
     zip.Write pixels)
    memory.ToArray()

File.WriteAllBytes(
    Path.Combine(__SOURCE_DIRECTORY__, "icon.png"),
    Array.concat
        [
            [| 137uy; 80uy; 78uy; 71uy; 13uy; 10uy; 26uy; 10uy |]
            chunk "IHDR" (Array.concat [ bigEndian (uint32 size); bigEndian (uint32 size); [| 8uy; 6uy; 0uy; 0uy; 0uy |] ])
            chunk "IDAT" packed
            chunk "IEND" [||]
        ]
)
