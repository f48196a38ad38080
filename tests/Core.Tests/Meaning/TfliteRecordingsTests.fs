module QuantFunctional.Tests.TfliteRecordingsTests

open System
open System.Globalization
open System.IO
open Xunit
open QuantFunctional
open QuantFunctional.FSharp

/// A row that TFLite's own kernel gave (recordings/tflite), by the names of its columns.
type private Row(columns: string array, line: string) =
    let fields = line.Split ','

    member _.Line = line
    member _.Text(name: string) = fields[Array.IndexOf(columns, name)]
    member row.Int(name: string) = int (row.Text name)

    member row.Real(name: string) =
        Single.Parse(row.Text name, CultureInfo.InvariantCulture)

    member row.Ints(name: string) =
        row.Text(name).Split ' ' |> Array.map int

    member row.Rounding =
        if row.Text "rounding" = "single" then
            RequantizationRounding.OnceTiesUp
        else
            RequantizationRounding.TwiceGemmlowp

/// Every row of a file: what is computed from it must be the last column.
let private agrees (file: string) (rows: int) (compute: Row -> int array) =
    let lines =
        File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "recordings", "tflite", file))

    let recorded =
        Array.tail lines |> Array.map (fun line -> Row(lines[0].Split ',', line))

    let differing =
        recorded |> Array.filter (fun row -> compute row <> row.Ints "out") |> Array.map _.Line

    Assert.Equal(rows, recorded.Length)

    Assert.True(
        Array.isEmpty differing,
        $"{differing.Length} rows differ: " + String.Join("; ", Array.truncate 3 differing)
    )

let private storage (step: float32) (zero: int) (bits: int) : Storage =
    {
        Step = step
        ZeroPoint = zero
        Lowest = -(1 <<< (bits - 1))
        Highest = (1 <<< (bits - 1)) - 1
    }

let private clampedTo (row: Row) (whole: Storage) =
    { whole with
        Lowest = row.Int "low"
        Highest = row.Int "high"
    }

let private operands (row: Row) =
    let bits = row.Int "bits"

    storage (row.Real "step1") (row.Int "zp1") bits,
    storage (row.Real "step2") (row.Int "zp2") bits,
    clampedTo row (storage (row.Real "stepOut") (row.Int "zpOut") bits)

[<Fact>]
let ``ADD gives the integers that TFLite recorded`` () =
    agrees "add.csv" 314 (fun row ->
        match operands row |||> TfliteElementwise.add row.Rounding with
        | Some add -> Array.map2 add (row.Ints "x") (row.Ints "y")
        | None -> [||])

[<Fact>]
let ``MUL gives the integers that TFLite recorded`` () =
    agrees "mul.csv" 252 (fun row ->
        match operands row |||> TfliteElementwise.multiply row.Rounding with
        | Some multiply -> Array.map2 multiply (row.Ints "x") (row.Ints "y")
        | None -> [||])

[<Fact>]
let ``QUANTIZE between integers gives what TFLite recorded`` () =
    agrees "requantize.csv" 58 (fun row ->
        let input = storage (row.Real "step1") (row.Int "zp1") (row.Int "bitsIn")
        let output = storage (row.Real "step2") (row.Int "zp2") (row.Int "bitsOut")
        let table = (TfliteConversions.requantize row.Rounding input output).Value

        if row.Text "x" = "all" then
            Seq.toArray table
        else
            row.Ints "x" |> Array.map (fun x -> table[x - input.Lowest]))

[<Fact>]
let ``AVERAGE_POOL_2D gives the integers that TFLite recorded`` () =
    agrees "average.csv" 200 (fun row ->
        let window = row.Ints "values"
        let mean = TflitePools.rounded (Array.sumBy int64 window) window.Length
        [| Math.Clamp(mean, row.Int "low", row.Int "high") |])

[<Fact>]
let ``MEAN gives the integers that TFLite recorded`` () =
    agrees "mean.csv" 196 (fun row ->
        let input = storage (row.Real "step1") (row.Int "zp1") (row.Int "bits")
        let output = storage (row.Real "step2") (row.Int "zp2") (row.Int "bits")
        [| (TflitePools.mean row.Rounding input output).Value(row.Ints "values") |])

[<Fact>]
let ``LEAKY_RELU gives the integers that TFLite recorded`` () =
    agrees "leaky_relu.csv" 40 (fun row ->
        let input = storage (row.Real "step1") (row.Int "zp1") 8
        let output = storage (row.Real "step2") (row.Int "zp2") 8
        Seq.toArray (TfliteTables.leakyRelu row.Rounding (row.Real "alpha") input output).Value)

[<Fact>]
let ``LOGISTIC gives the integers that TFLite recorded`` () =
    agrees "logistic.csv" 23 (fun row ->
        Seq.toArray (TfliteTables.logistic row.Rounding (storage (row.Real "step") (row.Int "zp") 8)))

[<Fact>]
let ``SOFTMAX gives the integers that TFLite recorded`` () =
    agrees "softmax.csv" 168 (fun row ->
        TfliteSoftmax.ofRow row.Rounding (storage (row.Real "step") 0 8) (row.Ints "row"))

[<Fact>]
let ``the functions on fixed-point numbers give what gemmlowp recorded`` () =
    agrees "fixed_point.csv" 4 (fun row ->
        let bits = row.Int "integerBits"

        let apply =
            match row.Text "function" with
            | "exp" -> FixedPointFunctions.expOfNegative bits
            | "logistic" -> FixedPointFunctions.logistic bits
            | _ -> FixedPointFunctions.reciprocalOfOnePlus

        Array.map apply (row.Ints "x"))

[<SharedFact>]
let ``every golden row of TFLite's multiplier is the factor of a kernel`` () =
    for line, fields in Shared.rows "tflite/quantize_multiplier.csv" do
        let factor =
            (TfliteFactor.ofReal 0.0 (Double.Parse(fields[1], CultureInfo.InvariantCulture))).Value

        Assert.True((factor.Multiplier, factor.Exponent) = (int fields[2], int fields[3]), $"line {line}")

[<Fact>]
let ``QUANTIZE of real numbers gives the integers that TFLite recorded`` () =
    agrees "quantize.csv" 60 (fun row ->
        row.Text("real").Split ' '
        |> Array.map (fun real ->
            Single.Parse(real, CultureInfo.InvariantCulture)
            |> TfliteConversions.quantize (storage (row.Real "step") (row.Int "zp") 8)))

[<Fact>]
let ``fused activations leave the range that TFLite recorded`` () =
    let lines =
        File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "recordings", "tflite", "activation_range.csv"))

    for line in Array.tail lines do
        let row = Row(lines[0].Split ',', line)

        let low, high =
            match row.Text "activation" with
            | "relu" -> 0.0f, Single.PositiveInfinity
            | "relu6" -> 0.0f, 6.0f
            | _ -> -1.0f, 1.0f

        let left =
            TfliteConversions.clamp low high (storage (row.Real "step") (row.Int "zp") 8)

        Assert.Equal((row.Int "low", row.Int "high"), (left.Lowest, left.Highest))

    Assert.Equal(211, lines.Length)
