namespace QuantFunctional.Proofs

open Argu

type RequantizationArgument =
    | [<Unique; EqualsAssignmentOrSpaced>] Pairs of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] State of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Threads of number: int
    | [<Unique>] Quick
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Pairs _ ->
                "the list of pairs, a CSV file. Default: the committed tests/Proofs/pairs.csv. Example: --pairs mine.csv"
            | State _ ->
                "the file that keeps what is done, so that a run that was stopped goes on where it was. Default: none. "
                + "Example: --state progress.json"
            | Threads _ -> "how many threads work. Default: one for each processor. Example: --threads 1"
            | RequantizationArgument.Quick ->
                "every 521st accumulator and the corners instead of all of them. Default: all. Example: --quick"
            | RequantizationArgument.Json -> "print one JSON document, with every pair. Default: text. Example: --json"

type SplitArgument =
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | SplitArgument.Json -> "print one JSON document. Default: text. Example: --json"

type LemmasArgument =
    | [<Unique; EqualsAssignmentOrSpaced>] Folder of folder: string
    | [<Unique; EqualsAssignmentOrSpaced>] Timeout of seconds: int
    | [<Unique>] Require_Solver
    | [<Unique>] Quick
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Folder _ -> "where the lemmas are. Default: those of tests/lemmas. Example: --folder tests/lemmas"
            | Timeout _ -> "the seconds that the solver has for each. Default: 300. Example: --timeout 60"
            | Require_Solver -> "fail where z3 is missing. Default: skip with a line. Example: --require-solver"
            | LemmasArgument.Quick -> "leave out the lemmas that take several seconds. Default: all. Example: --quick"
            | LemmasArgument.Json -> "print one JSON document. Default: text. Example: --json"

type TightnessArgument =
    | [<Unique; EqualsAssignmentOrSpaced>] Layers of number: int
    | [<Unique; EqualsAssignmentOrSpaced>] Inputs of number: int
    | [<Unique; EqualsAssignmentOrSpaced>] Seed of number: int
    | [<Unique; EqualsAssignmentOrSpaced>] Threads of number: int
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Layers _ -> "how many layers to plan for each path. Default: 120. Example: --layers 300"
            | Inputs _ ->
                "how many random inputs for each path, over all its layers. Default: 1000000. Example: --inputs 20000"
            | Seed _ -> "where the random layers and inputs begin. Default: 1. Example: --seed 7"
            | TightnessArgument.Threads _ ->
                "how many threads work. Default: one for each processor. Example: --threads 1"
            | TightnessArgument.Json -> "print one JSON document, with every layer. Default: text. Example: --json"

type OnnxRuntimeArgument =
    | [<Unique; EqualsAssignmentOrSpaced>] Count of number: int
    | [<Unique; EqualsAssignmentOrSpaced>] Seed of number: int
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Count _ -> "how many random layers. Default: 10000. Example: --count 500"
            | OnnxRuntimeArgument.Seed _ -> "which random layers. Default: 1. Example: --seed 7"
            | OnnxRuntimeArgument.Json -> "print one JSON document. Default: text. Example: --json"

type AllArgument =
    | [<Unique; EqualsAssignmentOrSpaced>] State of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Threads of number: int
    | [<Unique>] Require_Solver
    | [<Unique>] Quick
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | AllArgument.State _ -> "as of requantization. Default: none. Example: --state progress.json"
            | AllArgument.Threads _ -> "how many threads work. Default: one for each processor. Example: --threads 1"
            | AllArgument.Require_Solver ->
                "fail where z3 is missing. Default: skip with a line. Example: --require-solver"
            | AllArgument.Quick -> "the part that takes under a minute. Default: everything. Example: --quick"
            | AllArgument.Json -> "print one JSON document. Default: text. Example: --json"

type Argument =
    | [<CliPrefix(CliPrefix.None)>] Requantization of ParseResults<RequantizationArgument>
    | [<CliPrefix(CliPrefix.None)>] Split of ParseResults<SplitArgument>
    | [<CliPrefix(CliPrefix.None)>] Lemmas of ParseResults<LemmasArgument>
    | [<CliPrefix(CliPrefix.None)>] Tightness of ParseResults<TightnessArgument>
    | [<CliPrefix(CliPrefix.None)>] OnnxRuntime of ParseResults<OnnxRuntimeArgument>
    | [<CliPrefix(CliPrefix.None)>] All of ParseResults<AllArgument>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Requantization _ -> "every accumulator of a list of multipliers and shifts, against the definition."
            | Split _ -> "every 16-bit input of the int15 split with every weight."
            | Lemmas _ -> "the lemmas of tests/lemmas, by the solver z3."
            | Tightness _ -> "random and searched inputs against the certified error bound."
            | OnnxRuntime _ -> "random layers on this library's integers and on ONNX Runtime's, element by element."
            | All _ -> "all of these."

[<RequireQualifiedAccess>]
module Examples =

    let private run = "dotnet run -c Release --project tests/Proofs --"

    /// Lines to copy, for the help of a verb or of the program.
    let ofVerb (verb: string) : string list =
        match verb with
        | "requantization" ->
            [
                $"{run} requantization --quick"
                $"{run} requantization --state progress.json --threads 2"
            ]
        | "split" -> [ $"{run} split" ]
        | "lemmas" -> [ $"{run} lemmas --require-solver" ]
        | "tightness" -> [ $"{run} tightness"; $"{run} tightness --layers 20 --inputs 20000 --seed 7" ]
        | "onnxruntime" -> [ $"{run} onnxruntime --count 10000 --seed 1" ]
        | _ -> [ $"{run} all --quick"; $"{run} all --state progress.json" ]
