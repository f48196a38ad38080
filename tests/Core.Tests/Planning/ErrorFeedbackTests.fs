module QuantFunctional.Tests.ErrorFeedbackTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing.WeightOnlyCases

/// A channel, what it reads, and the steps of its blocks.
[<NoComparison>]
type ChannelCase =
    {
        Rows: float array array
        Weights: float array
        Steps: float array
        Most: int
    }

let internal momentsOf (rows: float array array) =
    let n = rows[0].Length
    Array.init (n * n) (fun at -> rows |> Array.sumBy (fun row -> row[at / n] * row[at % n]))

let internal moments (case: ChannelCase) =
    SecondMoments.create case.Weights.Length (momentsOf case.Rows) |> need

let internal nearest (case: ChannelCase) =
    Array.map2
        (fun weight step -> sbyte (Math.Clamp(Math.Round(weight / step: float), float -case.Most, float case.Most)))
        case.Weights
        case.Steps

let private errorsOf (case: ChannelCase) (integers: sbyte array) =
    Array.init integers.Length (fun i -> case.Weights[i] - float integers[i] * case.Steps[i])

let private errorOf (case: ChannelCase) (integers: sbyte array) =
    SecondMoments.error (moments case) (ReadOnlySpan(errorsOf case integers))

let private round (case: ChannelCase) =
    let integers = nearest case

    let told =
        ErrorFeedback.round
            (ErrorFeedback.ofMoments (moments case))
            case.Most
            (ReadOnlySpan case.Steps)
            (ReadOnlySpan case.Weights)
            (Span integers)

    told, integers

let private unit = Gen.choose (-1000, 1000) |> Gen.map (fun n -> float n / 1000.0)

/// Rows of which every input follows a common part to some degree; some inputs may be always 0.
let private cases most =
    gen {
        let! n = Gen.choose (1, most)
        let! rows = Gen.choose (1, 40)
        let! common = Gen.elements [ 0.0; 0.5; 2.0; 10.0 ]

        let! dead =
            Gen.arrayOfLength n (Gen.frequency [ 9, Gen.constant 1.0; 1, Gen.constant 0.0 ])

        let row =
            gen {
                let! shared = unit
                let! own = Gen.arrayOfLength n unit
                return Array.map2 (fun own lives -> lives * (own + common * shared)) own dead
            }

        let! rows = Gen.arrayOfLength rows row
        let! weights = Gen.arrayOfLength n unit
        let! steps = Gen.arrayOfLength n (Gen.elements [ 0.02; 0.1; 0.3 ])
        let! most = Gen.elements [ 7; 127 ]

        return
            {
                Rows = rows
                Weights = weights
                Steps = steps
                Most = most
            }
    }

type ChannelArbitraries =
    static member ChannelCase() : Arbitrary<ChannelCase> = Arb.fromGen (cases 24)

type NarrowArbitraries =
    static member ChannelCase() : Arbitrary<ChannelCase> = Arb.fromGen (cases 3)

[<Property(Arbitrary = [| typeof<ChannelArbitraries> |], MaxTest = 500)>]
let ``the error is never larger than that of the nearest integers, and is the one that is told`` (case: ChannelCase) =
    let told, integers = round case
    Assert.Equal(errorOf case (nearest case), told.Nearest)
    Assert.Equal(errorOf case integers, told.Chosen)
    Assert.True(told.Chosen <= told.Nearest)
    Assert.All(integers, fun integer -> Assert.InRange(int integer, -case.Most, case.Most))

[<Property(Arbitrary = [| typeof<ChannelArbitraries> |], MaxTest = 200)>]
let ``an input that is always 0 keeps its nearest integer, and so does one without a step`` (case: ChannelCase) =
    let case =
        { case with
            Steps = Array.mapi (fun i step -> if i % 5 = 4 then 0.0 else step) case.Steps
        }

    let start =
        nearest
            { case with
                Steps = Array.map (fun step -> if step = 0.0 then 1.0 else step) case.Steps
            }

    let integers = Array.copy start

    ErrorFeedback.round
        (ErrorFeedback.ofMoments (moments case))
        case.Most
        (ReadOnlySpan case.Steps)
        (ReadOnlySpan case.Weights)
        (Span integers)
    |> ignore

    for i in 0 .. integers.Length - 1 do
        if case.Steps[i] = 0.0 || case.Rows |> Array.forall (fun row -> row[i] = 0.0) then
            Assert.Equal(start[i], integers[i])

[<Property(Arbitrary = [| typeof<ChannelArbitraries> |], MaxTest = 200)>]
let ``inputs that have nothing in common keep the nearest integers`` (case: ChannelCase) =
    let n = case.Weights.Length

    let alone =
        { case with
            Rows = Array.init n (fun row -> Array.init n (fun i -> if i = row then case.Rows[0][i] else 0.0))
        }

    Assert.Equal<sbyte array>(nearest alone, snd (round alone))

[<Property(Arbitrary = [| typeof<ChannelArbitraries> |], MaxTest = 200)>]
let ``the error is eᵀHe, in one order of sums whatever the vectors' width`` (case: ChannelCase) =
    let n = case.Weights.Length
    let values, errors = momentsOf case.Rows, errorsOf case (nearest case)
    let mutable expected = 0.0

    for i in 0 .. n - 1 do
        let mutable crossed = 0.0

        for earlier in 0 .. i - 1 do
            crossed <- crossed + values[earlier * n + i] * errors[earlier]

        expected <- expected + errors[i] * (2.0 * crossed + errors[i] * values[i * n + i])

    Assert.Equal(expected, errorOf case (nearest case))
    // and what it is the sum of
    let rows =
        case.Rows |> Array.sumBy (fun row -> Array.fold2 (fun sum x e -> sum + x * e) 0.0 row errors ** 2.0)

    let size =
        Array.fold2 (fun sum e i -> sum + abs (e * values[i * n + i])) 1e-9 errors [| 0 .. n - 1 |]

    Assert.InRange(expected, rows - 1e-9 * size, rows + 1e-9 * size)

[<Property(Arbitrary = [| typeof<ChannelArbitraries> |], MaxTest = 200)>]
let ``largest squares first, the damped moments are N·D·Nᵀ, with the shares in N and D on the diagonal``
    (case: ChannelCase)
    =
    let n, moments = case.Weights.Length, moments case
    let feedback = ErrorFeedback.ofMoments moments
    let squares = Array.init n (fun input -> moments[input, input])
    Assert.Equal<int seq>(List.sortByDescending (fun input -> squares[input]) [ 0 .. n - 1 ], feedback.Order)
    let added = 0.01 * Array.average squares

    let factor row column =
        if row = column then 1.0
        elif row < column then feedback.Shares[row * n + column]
        else 0.0

    for row in 0 .. n - 1 do
        for column in 0 .. n - 1 do
            let first, second = feedback.Order[row], feedback.Order[column]
            let expected = moments[first, second] + (if row = column then added else 0.0)

            let found =
                Seq.sum (Seq.init n (fun k -> factor row k * feedback.Shares[k * (n + 1)] * factor column k))

            let size = sqrt ((squares[first] + added) * (squares[second] + added))
            Assert.InRange(found, expected - 1e-9 * size, expected + 1e-9 * size)

/// The least error that any integers have.
let private leastOf (case: ChannelCase) =
    let all = [| sbyte -case.Most .. sbyte case.Most |]

    let rec choices n =
        if n = 0 then
            [| [||] |]
        else
            Array.allPairs all (choices (n - 1))
            |> Array.map (fun (first, rest) -> Array.append [| first |] rest)

    choices case.Weights.Length |> Array.map (errorOf case) |> Array.min

[<Property(Arbitrary = [| typeof<NarrowArbitraries> |], MaxTest = 100)>]
let ``up to three inputs never fall below the least error that there is`` (case: ChannelCase) =
    let case = { case with Most = 7 }
    let told, _ = round case
    Assert.True(told.Chosen >= leastOf case)

[<Fact>]
let ``nearly all of what two and three inputs can gain on the nearest integers is gained`` () =
    let gains =
        cases 3
        |> Gen.map (fun case -> { case with Most = 7 })
        |> Gen.sampleWithSeed (Rnd 5UL) 50 200
        |> Array.map (fun case ->
            let told, _ = round case
            let least = leastOf case
            told.Nearest - told.Chosen, told.Nearest - least)

    Assert.True(Array.sumBy fst gains >= 0.9 * Array.sumBy snd gains)

[<Fact>]
let ``inputs that go together have far smaller errors`` () =
    let random = Random 11
    let draw () = random.NextDouble() * 2.0 - 1.0

    let case n =
        {
            Rows =
                Array.init 100 (fun _ ->
                    let shared = 3.0 * draw ()
                    Array.init n (fun _ -> shared + draw ()))
            Weights = Array.init n (fun _ -> draw ())
            Steps = Array.create n 0.15
            Most = 7
        }

    let share (wide: ChannelCase) =
        let told, _ = round wide
        told.Chosen / told.Nearest

    Assert.InRange(Seq.init 20 (fun _ -> share (case 64)) |> Seq.average, 0.0, 0.35)

[<Property(Arbitrary = [| typeof<ChannelArbitraries> |], MaxTest = 100)>]
let ``the same channel has the same integers again`` (case: ChannelCase) =
    Assert.Equal<sbyte array>(snd (round case), snd (round case))
