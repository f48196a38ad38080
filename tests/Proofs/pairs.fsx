// Makes pairs.csv: `dotnet fsi tests/Proofs/pairs.fsx > tests/Proofs/pairs.csv`. Corners by hand, the others from a fixed seed.
open System

let random = Random 5
let power (exponent: int) = 1 <<< exponent
let lowest, highest = power 30, Int32.MaxValue

/// Random multipliers of some bits with random shifts.
let drawn (count: int) (bits: int) (lowestShift: int) (highestShift: int) =
    [
        for _ in 1..count ->
            int (random.NextInt64(1L <<< (bits - 1), 1L <<< bits)), random.Next(lowestShift, highestShift + 1), "random"
    ]

let corners (pairs: (int * int) list) =
    [ for multiplier, shift in pairs -> multiplier, shift, "corner" ]

let gemmlowpCorners =
    corners
        [
            yield! [ 1, 0; 1, 1; 1, 2; 1, 8; 1, 30; 1, 31 ] // run as (2^30, exponent 1 − shift)
            yield! [ lowest, 31; lowest + 1, 31; highest, 31; highest - 1, 31 ] // exponent 0
            yield! [ lowest, 32; highest, 32; lowest, 61; lowest, 62; highest, 62 ]
            yield! [ lowest, 30; highest, 30; 1518500250, 24; highest, 1 ] // exponents 1, 7 and 30
        ]

let lists =
    [
        "reference",
        "int8",
        corners
            [
                yield! [ 1, 0; 1, 1; 1, 7; 1, 15; 1, 30; 1, 31 ]
                yield!
                    [
                        lowest, 0
                        highest, 0
                        lowest, 1
                        highest, 1
                        lowest, 30
                        lowest, 31
                        lowest + 1, 31
                    ]
                yield! [ highest, 31; highest, 32; lowest + 1, 61; lowest, 62; highest, 62 ]
            ]
        @ drawn 10 31 31 50
        "reference", "int15", corners [ 1, 8; highest, 39 ] @ drawn 4 31 31 50
        "tflite", "int8", gemmlowpCorners @ drawn 16 31 31 50
        "tflite-int32-accumulator", "int16", corners [ 1, 15; lowest, 31; highest, 62 ] @ drawn 4 31 31 62
        "tflite-single-rounding",
        "int8",
        corners [ 1, 0; 1, 31; lowest, 31; highest, 31; lowest, 62; highest, 62 ] @ drawn 8 31 31 50
        "tflite-single-rounding-int32-accumulator", "int16", corners [ lowest, 31; highest, 62 ] @ drawn 3 31 31 62
        "onnxruntime",
        "int8",
        corners
            [
                yield! [ 1, 0; 1, 1; 1, 8; 1, 126; 1, -40; 1, -127 ]
                yield!
                    [
                        power 23, 23
                        power 23, 24
                        power 24 - 1, 24
                        power 23 + 1, 31
                        3 * power 22, 26
                    ]
                yield!
                    [
                        power 23, -104
                        power 24 - 1, -104
                        power 23, 149
                        power 24 - 1, 149
                        power 24 - 1, 55
                    ]
            ]
        @ drawn 14 24 24 48
        "tflite",
        "int16",
        corners
            [
                yield! [ 1, 0; 1, 31; lowest, 24; highest, 24; lowest, 62; highest, 62 ]
                yield!
                    [
                        0x7FFF0000, 31
                        0x7FFEFFFF, 31
                        0x7FFE8000, 31
                        0x7FFE7FFF, 31
                        0x40008000, 40
                        0x40007FFF, 40
                    ]
            ]
        @ drawn 8 31 24 62
        "tflite-single-rounding", "int16", corners [ (highest, 31) ] @ drawn 3 31 24 62
    ]

printfn "profile,path,multiplier,shift,kind"

for profile, path, pairs in lists do
    for multiplier, shift, kind in pairs do
        printfn $"{profile},{path},{multiplier},{shift},{kind}"
