/// The values of options that are more than a word.
module QuantFunctional.Cli.Commands.OptionValues

open System
open System.Globalization
open System.IO
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Onnx

/// Bad input in the value of an option.
let refuse (option: string) (message: string) : 'value =
    Output.refuse Diagnostics.OptionValueWrong $"{option}: {message}."

/// A real number with a decimal point; no separators of thousands, so that 0,5 is not 5.
let number (option: string) (text: string) : float =
    match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
    | true, value -> value
    | _ -> refuse option $"'{text}' is not a number such as 0.0235"

/// Whole numbers with commas between them.
let wholeNumbers (option: string) (text: string) : int array =
    text.Split ','
    |> Array.map (fun part ->
        match Int32.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
        | true, value -> value
        | _ -> refuse option $"'{text}' is not whole numbers with commas between them, such as 1,1")

/// The range of an output: LO,HI with 0 between them.
let range (option: string) (text: string) : RealRange =
    match text.Split ',' |> Array.map (number option) with
    | [| low; high |] when not (Double.IsFinite low && Double.IsFinite high) -> refuse option $"'{text}' is not finite"
    | [| low; high |] when low > high -> refuse option $"'{text}' is upside down; write the smaller value first"
    | [| low; high |] when low > 0.0 || high < 0.0 ->
        refuse option $"0 does not lie in '{text}'; widen it to 0, which every encoding holds"
    | [| low; high |] -> RealRange(low, high)
    | _ -> refuse option $"'{text}' is not two numbers with a comma between them, such as -6,9"

/// Refuses a name that there is not, with those that there are and the one that was probably meant.
let private refuseName (option: string) (what: string) (known: string list) (name: string) : 'value =
    Output.refuse
        Diagnostics.OptionValueUnknown
        $"""{option}: '{name}' is {what} {String.concat ", " known}{Meant.question known name}"""

/// The one of some values that a user names.
let choice (option: string) (known: 'value list) (nameOf: 'value -> string) (name: string) : 'value =
    match known |> List.tryFind (fun value -> nameOf value = name) with
    | Some value -> value
    | None -> refuseName option "none of" (List.map nameOf known) name

/// How layers compute.
let precision (name: string) : Precision =
    choice "--precision" NamedValues.precisions _.Name name

/// The one of an enumeration's values that a user names in lower case.
let private named<'value when 'value: struct and 'value :> Enum> (option: string) (name: string) : 'value =
    choice
        option
        (List.ofSeq (Seq.cast<'value>(Enum.GetValues typeof<'value>)))
        (fun value -> $"{value}".ToLowerInvariant())
        name

/// How much is measured.
let preset (name: string) : QuantizationPreset = named "--preset" name

/// A time above 0 that a search may take.
let minutes (number: float) : TimeSpan =
    // a year, for .NET counts no time without end
    if number > 0.0 && number <= 525600.0 then
        TimeSpan.FromMinutes number
    else
        refuse "--budget" "minutes are above 0 and 525600 at most"

/// What is to load the file besides ONNX Runtime.
let engine (name: string) : TargetEngine = named "--for" name

/// How ranges are chosen: a name, or percentile with its number.
let ranges (text: string) : RangeMethod =
    match text.Split ':' with
    | [| "percentile"; percent |] ->
        match Decimal.TryParse(percent, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) with
        | true, percent when percent > 0m && percent <= 100m -> RangeMethod.Percentile percent
        | _ -> refuse "--ranges" $"'{percent}' is not a percentage above 0 and up to 100, such as 99.99"
    | [| "percentile" |] -> refuse "--ranges" "a percentile needs its percentage, such as percentile:99.99"
    | _ ->
        match NamedValues.ranges |> List.tryFind (fun known -> $"{known}" = text) with
        | Some known -> known
        | None -> refuseName "--ranges" "neither percentile:P nor one of" (List.map string NamedValues.ranges) text

/// Names that were taken back, each with what says the same now.
let private successors =
    [
        "onnxruntime-x86-no-vnni",
        "onnxruntime demands the same integers on every processor, and onnxruntime-x64-avx2 is x64 with AVX2 and without VNNI"
    ]

/// The target of a name, or of a file.
let profile (name: string) : BackendProfile =
    match Profiles.TryFind name, List.tryFind (fst >> (=) name) successors with
    | (true, NonNull profile), _ -> profile
    | _ when File.Exists name -> ProfileFile.Read name
    | _, Some(_, successor) ->
        Output.refuse Diagnostics.OptionValueUnknown $"--profile: '{name}' is no profile any more: {successor}."
    | _ -> refuseName "--profile" "neither a file nor one of" (NamedValues.profiles ()) name

/// Refuses to write a result over one of the files that it is made of.
let refuseInputs (inputs: string list) (output: string) : unit =
    if inputs |> List.exists (fun input -> Path.GetFullPath input = Path.GetFullPath output) then
        let message =
            $"{output}: this is an input, and inputs are not modified. Name another file with -o."

        Output.refuse Diagnostics.OverwritesInput message
