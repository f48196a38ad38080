module QuantFunctional.Tests.JoinKernelsTests

open System.Collections.Immutable
open Xunit
open QuantFunctional
open QuantFunctional.FSharp

let private stored (lowest: int) (step: float32, zero: int) : Storage =
    {
        Step = step
        ZeroPoint = zero
        Lowest = lowest
        Highest = lowest + 255
    }

let private processors =
    [
        OperatorArithmetic.OnnxRuntimeX64Fma
        OperatorArithmetic.OnnxRuntimeX64
        OperatorArithmetic.OnnxRuntimeArm64
        OperatorArithmetic.OnnxRuntimeWasm
    ]

/// Sums of which the processors do not make the same: operands, output, the pair, and what x64 with FMA, without, ARM64 and
/// WebAssembly store.
let private sums =
    [
        0, (0.005082241725f, 0), (0.4602201283f, 0), (0.7697535753f, 0), (200, 104), [ 63; 63; 64; 63 ]
        0, (0.0410991199f, 199), (0.0440300107f, 119), (0.03548887f, 175), (60, 229), [ 150; 151; 151; 151 ]
        0, (0.00646423781f, 22), (0.00231601624f, 2), (0.01255742647f, 119), (50, 35), [ 140; 140; 139; 140 ]
        0, (0.009180564433f, 240), (0.005808291491f, 186), (0.009811821394f, 167), (225, 219), [ 172; 172; 173; 173 ]
        -128, (1.333981991f, -86), (0.4131384492f, 78), (2.012737989f, 53), (-4, -121), [ 67; 67; 66; 66 ]
        -128, (0.8258736134f, -54), (0.006709199399f, -31), (1.435222626f, -64), (9, 22), [ -27; -28; -28; -28 ]
        0, (0.02367997169f, 195), (0.02989581041f, 132), (0.05014586076f, 105), (229, 225), [ 177; 176; 177; 176 ]
        0, (0.8400263786f, 115), (1.109547257f, 136), (1.313891172f, 227), (39, 174), [ 210; 211; 211; 210 ]
        0, (0.04619326815f, 54), (0.02516112477f, 231), (0.03639177978f, 36), (141, 72), [ 36; 37; 36; 36 ]
        0, (0.05264117941f, 118), (0.01172384899f, 225), (0.05296420306f, 244), (118, 33), [ 201; 202; 201; 202 ]
        0, (0.04240779206f, 0), (0.005546436645f, 0), (0.02580155805f, 0), (118, 184), [ 234; 233; 234; 234 ]
        0, (0.01481447741f, 0), (0.01732150093f, 0), (0.02968323417f, 0), (25, 108), [ 75; 75; 75; 76 ]
    ]

let private products =
    [
        0, (0.09574247152f, 1), (0.04211212322f, 44), (0.09574247152f, 66), (60, 109), [ 228; 228; 228; 227 ]
        -128, (1.64702177f, 88), (0.02594812028f, 20), (9.841750145f, 95), (-94, -11), [ 119; 119; 119; 120 ]
        0, (0.04005396366f, 187), (0.01472098008f, 230), (0.03070137464f, 163), (119, 163), [ 250; 250; 251; 250 ]
    ]

[<Fact>]
let ``where processors differ, each sum and product is that of its processor`` () =
    let tried kernel rows =
        [
            for lowest, a, b, c, (x, y), expected in rows do
                let found =
                    [
                        for processor in processors ->
                            (kernel processor (stored lowest a) (stored lowest b) (stored lowest c): int -> int -> int)
                                x
                                y
                    ]

                Assert.Equal<int list>(expected, found)
        ]

    tried (fun processor a b c -> (JoinKernels.add processor JoinRuns.Alike a b c).Value) sums |> ignore

    tried (fun processor a b c -> (JoinKernels.multiply processor a b c).Value) products |> ignore

[<Fact>]
let ``the standard rounds before it adds the zero point, WebAssembly after`` () =
    let one = stored 0 (1.0f, 0)
    let half zero = stored 0 (2.0f, zero)

    // a half rounds to the even 0, and with an odd zero point to the even 2
    for zero, standard, wasm in [ 0, 0, 0; 1, 1, 2; 8, 8, 8; 9, 9, 10 ] do
        let sum arithmetic =
            (JoinKernels.add arithmetic JoinRuns.Alike one one (half zero)).Value 1 0

        let product arithmetic =
            (JoinKernels.multiply arithmetic one one (half zero)).Value 1 1

        for operation in [ sum; product ] do
            Assert.Equal(standard, operation OperatorArithmetic.Unfused)
            Assert.Equal(wasm, operation OperatorArithmetic.OnnxRuntimeWasm)

        let windows: KernelPlacement =
            {
                Inputs = [| 0; 1 |]
                OutputSizes = ImmutableArray.Create 1
            }

        let input =
            {
                Sizes = ImmutableArray.Create(1, 1, 2)
                Values = ImmutableArray.Create(0, 1)
            }

        let mean = stored 0 (1.0f, zero)
        Assert.Equal(standard, UnfusedPools.globalAverage one mean [| 0; 1 |])
        Assert.Equal(standard, (UnfusedPools.average one mean false windows input).Values[0])
        Assert.Equal(wasm, (OnnxRuntimePools.average one mean false windows input).Values[0])

[<Fact>]
let ``ARM64 rounds ties away from zero, on either side of it`` () =
    let a, sum = stored 0 (1.0f, 100), stored 0 (2.0f, 50)

    let add =
        (JoinKernels.add OperatorArithmetic.OnnxRuntimeArm64 JoinRuns.Alike a a sum).Value

    Assert.Equal<int list>([ 48; 49; 49; 50; 51; 51; 52 ], [ for x in 97..103 -> add x 100 ])

[<Fact>]
let ``ARM64 leaves to real numbers what its multipliers do not hold`` () =
    for a, b, c in
        [
            1.0f, 0.001953125f, 1.0f / 256.0f // a ratio of 256, and ties
            0.5f, 1e-5f, 1.0f // a ratio below 2^−14
            0.99999994f, 0.5f, 1.0f // a multiplier that rounds up to 2^22
        ] do
        let one, other, sum = stored 0 (a, 7), stored 0 (b, 200), stored 0 (c, 31)

        let kernel arithmetic =
            (JoinKernels.add arithmetic JoinRuns.Alike one other sum).Value

        let arm, wasm =
            kernel OperatorArithmetic.OnnxRuntimeArm64, kernel OperatorArithmetic.OnnxRuntimeWasm

        for x in 0..255 do
            for y in 0..255 do
                Assert.Equal(wasm x y, arm x y)

[<Fact>]
let ``an operand that repeats is added first on x64, whichever it is`` () =
    let a, b, c =
        stored 0 (0.0217f, 195), stored 0 (0.0299f, 131), stored 0 (0.0502f, 105)

    let kernel arithmetic runs a b =
        (JoinKernels.add arithmetic runs a b c).Value

    let differing = ResizeArray()

    for arithmetic in [ OperatorArithmetic.OnnxRuntimeX64Fma; OperatorArithmetic.OnnxRuntimeX64 ] do
        let alike = kernel arithmetic JoinRuns.Alike a b
        let first = kernel arithmetic JoinRuns.FirstRepeats a b
        let second = kernel arithmetic JoinRuns.SecondRepeats b a

        for x in 0..255 do
            for y in 0..255 do
                // the same two operands, named the other way round
                Assert.Equal(first x y, second y x)

                if alike x y <> first x y then
                    differing.Add(struct (arithmetic, x, y))

    // with fused multiply-adds the order is that of the operands; without, the first comes first as it is
    Assert.DoesNotContain(differing, fun (struct (arithmetic, _, _)) -> arithmetic.IsOnnxRuntimeX64)

[<Fact>]
let ``TFLite's kernels round as the accumulator does, so they are not among these`` () =
    let a = stored 0 (1.0f, 0)
    Assert.True((JoinKernels.add OperatorArithmetic.Tflite JoinRuns.Alike a a a).IsNone)
    Assert.True((JoinKernels.multiply OperatorArithmetic.Tflite a a a).IsNone)
