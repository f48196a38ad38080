namespace QuantFunctional.Proofs

open System
open System.IO
open System.Reflection
open QuantFunctional
open QuantFunctional.Commands
open QuantFunctional.FSharp

/// A requantization to check: what a profile multiplies the accumulators of a path by, multiplier·2^−shift.
[<NoComparison>]
type Pair =
    {
        Target: BackendProfile
        Algorithm: ActivationPath
        Multiplier: int
        Shift: int
    }

    member p.Profile = p.Target.Name

    member p.Path = p.Algorithm.Name

    member p.Rounding = p.Target.AccumulatorOf(p.Algorithm).Rounding

    /// The accumulators that the target takes; the others never reach its requantization.
    member p.Domain = Definition.domain p.Rounding p.Multiplier p.Shift

    /// True where there are too many accumulators to try each.
    member p.IsSampled = p.Rounding = RequantizationRounding.OnceTiesUpReduced16

    /// The rounding's name, as the tables call it.
    member p.RoundingName = $"{p.Rounding}"

[<RequireQualifiedAccess>]
module Pairs =

    /// The text of a file that was built into this program.
    let embedded (name: string) : string =
        match Assembly.GetExecutingAssembly().GetManifestResourceStream name with
        | null -> invalidOp $"{name} is not built in"
        | stream ->
            use reader = new StreamReader(stream)
            reader.ReadToEnd()

    /// The committed list.
    let committed: string = embedded "pairs.csv"

    let private path (text: string) =
        match text with
        | "int8" -> Some ActivationPath.Int8
        | "int15" -> Some ActivationPath.Int15
        | "int16" -> Some ActivationPath.Int16
        | _ -> None

    /// What a target's requantization runs, if the shift is none that it does.
    let private shiftsRun (rounding: RequantizationRounding) (multiplier: int) (shift: int) : string option =
        let struct (_, exponent) = Definition.tfliteForm multiplier shift

        match rounding with
        | RequantizationRounding.OnceTiesUp when shift < 0 || shift > 62 -> Some "shifts are 0 to 62"
        | RequantizationRounding.TwiceGemmlowp when exponent < -31 || exponent > 30 -> Some "exponents are -31 to 30"
        | RequantizationRounding.OnceTiesUpReduced16 when exponent < -31 || exponent > 7 ->
            Some "exponents are -31 to 7"
        | RequantizationRounding.SingleTiesToEven when
            multiplier >= (1 <<< 24) || not (Single.IsNormal(float32 (Math.ScaleB(float multiplier, -shift))))
            ->
            Some "multipliers have 24 bits, and the factor is a normal float32"
        | _ -> None

    let private pair (source: string) (number: int) (line: string) : Pair =
        let wrong (what: string) =
            Output.refuse $"{source}, line {number}: {what}; a line is profile,path,multiplier,shift,kind."

        let whole (field: string) (text: string) =
            match Int32.TryParse text with
            | true, value -> value
            | _ -> wrong $"the {field} '{text}' is not a whole number"

        match line.Split ',' with
        | [| profile; path'; multiplier; shift; _ |] ->
            match BackendProfile.tryFind profile, path path' with
            | Some found, Some path when found.Paths.Contains path ->
                let multiplier, shift = whole "multiplier" multiplier, whole "shift" shift
                let rounding = found.AccumulatorOf(path).Rounding

                if multiplier < 1 then
                    wrong $"the multiplier {multiplier} is not positive"

                match shiftsRun rounding multiplier shift with
                | Some allowed -> wrong $"{multiplier} with the shift {shift} is not run: {allowed}"
                | None -> ()

                {
                    Target = found
                    Algorithm = path
                    Multiplier = multiplier
                    Shift = shift
                }
            | Some _, _ -> wrong $"the path '{path'}' is none of the profile's"
            | None, _ -> wrong $"there is no profile '{profile}'"
        | fields -> wrong $"it has {fields.Length} fields"

    /// The pairs of a list with a heading.
    let ofText (source: string) (text: string) : Pair array =
        let pairs =
            text.Split('\n', StringSplitOptions.TrimEntries)
            |> Seq.indexed
            |> Seq.filter (fun (index, line) -> index > 0 && line <> "")
            |> Seq.map (fun (index, line) -> pair source (index + 1) line)
            |> Seq.toArray

        if pairs.Length = 0 then
            Output.refuse $"{source}: it holds no pair."

        pairs
