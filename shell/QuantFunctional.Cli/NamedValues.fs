/// The names that the values of some options may have.
module QuantFunctional.Cli.NamedValues

open QuantFunctional

let precisions: Precision list = List.ofSeq FSharp.BackendProfile.precisions

/// The precisions of a layer on its own.
let layerPrecisions: Precision list =
    [
        Precision.SimaInt8
        Precision.TfliteInt8
        Precision.RestrictedTfliteInt8
        Precision.SimaInt16
        Precision.TfliteInt16
        Precision.RestrictedTfliteInt16
        Precision.SimaInt32
    ]

/// The ways to choose ranges that are a word; a percentile has its number.
let ranges: RangeMethod list =
    [ RangeMethod.MinMax; RangeMethod.LeastSquares; RangeMethod.Auto ]

let weightTypes: WeightType list = [ WeightType.Int8; WeightType.Int4 ]

let stepRules: StepRule list = [ StepRule.Largest; StepRule.Searched ]
let embeddings: string list = [ "int8"; "int4"; "float" ]

let inputTypes: ScalarType list = [ ScalarType.Int8; ScalarType.Int16 ]

let layouts: WeightLayout list =
    [
        WeightLayout.OIHW
        WeightLayout.OHWI
        WeightLayout.HWIO
        WeightLayout.HWIGO
        WeightLayout.IOHW
        WeightLayout.HWOI
        WeightLayout.HWGO
        WeightLayout.IHWO
        WeightLayout.IO
        WeightLayout.OI
    ]

let corrections: string list = [ "mean-input"; "mean-output" ]

let engines: string list = [ "quantfn" ]

let vectorFormats: string list = [ "npy"; "hex" ]

let shells: string list = [ "bash"; "zsh"; "pwsh" ]

let imageOrders: string list = [ "rgb"; "bgr" ]

let imageLayouts: string list = [ "nchw"; "nhwc" ]

let imageResizes: string list = [ "stretch"; "crop"; "pad" ]

let imagePresets: string list = [ "imagenet"; "tf"; "raw" ]

let profiles () : string list =
    [ for profile in Profiles.Named -> profile.Name ]

/// The names that a verb's option, or its argument where the option is empty, may have; none where it may be anything. A
/// profile may be a file too.
let ofOption (verb: string) (option: string) : string list =
    match verb, option with
    | "plan", "--precision" -> layerPrecisions |> List.map _.Name
    | _, "--precision" -> precisions |> List.map _.Name
    | _, "--profile" -> profiles ()
    | _, "--ranges" -> ranges |> List.map string
    | _, "--weight-only" -> weightTypes |> List.map _.Name
    | _, "--steps" -> stepRules |> List.map _.Name
    | _, "--embedding" -> embeddings
    | _, "--engine" -> engines
    | _, "--image-order" -> imageOrders
    | _, "--image-layout" -> imageLayouts
    | _, "--image-resize" -> imageResizes
    | _, "--image-preset" -> imagePresets
    | _, "--format" -> vectorFormats
    | _, "--layout" -> layouts |> List.map string
    | _, "--bias-correction" -> corrections
    | _, "--input-type" -> inputTypes |> List.map _.Name
    | "profiles", "" -> profiles ()
    | "completion", "" -> shells
    | _ -> []
