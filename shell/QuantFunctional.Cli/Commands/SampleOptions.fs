/// Samples as the options of a verb describe them.
module QuantFunctional.Cli.Commands.SampleOptions

open System
open System.Globalization
open System.IO
open System.Threading
open System.Threading.Tasks
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Images
open QuantFunctional.Onnx

/// The two parts of NAME=VALUE; a name may have other signs of equality in it.
let private named (option: string) (example: string) (text: string) : string * string =
    match text.LastIndexOf '=' with
    | at when at > 0 && at < text.Length - 1 -> text.Substring(0, at), text.Substring(at + 1)
    | _ -> OptionValues.refuse option $"'{text}' is not a name and a value such as {example}"

let private whole (option: string) (least: int64) (example: string) (text: string) : int64 =
    match Int64.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
    | true, value when value >= least -> value
    | _ -> OptionValues.refuse option $"'{text}' is not a whole number from {least} such as in {example}"

/// A number, or one over another such as 1/255.
let private ratio (option: string) (text: string) : float =
    match text.Split '/' with
    | [| over; under |] -> OptionValues.number option over / OptionValues.number option under
    | _ -> OptionValues.number option text

let private ratios (option: string) (text: string) : float array =
    text.Split ',' |> Array.map (ratio option)

let private size (text: string) : int * int =
    let side (text: string) =
        whole "--image-size" 1L "224x224" text |> min (int64 Int32.MaxValue) |> int

    match text.ToLowerInvariant().Split 'x' with
    | [| width; height |] -> side width, side height
    | [| both |] when both <> "" -> side both, side both
    | _ -> OptionValues.refuse "--image-size" $"'{text}' is not a width and a height such as 224x224"

let private preset (name: string) : ImageOptions =
    match OptionValues.choice "--image-preset" NamedValues.imagePresets id name with
    | "imagenet" -> ImageOptions.ImageNet
    | "tf" -> ImageOptions.TensorFlow
    | _ -> ImageOptions.Raw

let private isOfImages (option: SampleOption) : bool =
    match option with
    | BatchAxis _
    | Dimension _ -> false
    | _ -> true

/// What the options say of images; those that are given win over those of a preset.
let private imageOptions (options: SampleOption list) : ImageOptions =
    let basis =
        options
        |> List.tryPick (fun option ->
            match option with
            | ImagePreset name -> Some(preset name)
            | _ -> None)
        |> Option.defaultWith (fun () -> ImageOptions())

    (basis, options)
    ||> List.fold (fun images option ->
        match option with
        | ImageSize text ->
            let width, height = size text
            images.With(width = Nullable width, height = Nullable height)
        | ImageScale text -> images.With(scale = Nullable(ratio "--image-scale" text))
        | ImageMean text -> images.With(mean = ratios "--image-mean" text)
        | ImageStd text -> images.With(std = ratios "--image-std" text)
        | ImageOrder name ->
            match OptionValues.choice "--image-order" NamedValues.imageOrders id name with
            | "bgr" -> images.With(order = Nullable Images.ImageOrder.Bgr)
            | _ -> images.With(order = Nullable Images.ImageOrder.Rgb)
        | ImageLayout name ->
            match OptionValues.choice "--image-layout" NamedValues.imageLayouts id name with
            | "nhwc" -> images.With(layout = Nullable Images.ImageLayout.Nhwc)
            | _ -> images.With(layout = Nullable Images.ImageLayout.Nchw)
        | ImageResize name ->
            match OptionValues.choice "--image-resize" NamedValues.imageResizes id name with
            | "crop" -> images.With(resize = Nullable Images.ImageResize.Crop)
            | "pad" -> images.With(resize = Nullable Images.ImageResize.Pad)
            | _ -> images.With(resize = Nullable Images.ImageResize.Stretch)
        | _ -> images)

let private feed (samples: SampleData) (option: SampleOption) : SampleData =
    match option with
    | BatchAxis text ->
        match named "--batch-axis" "state=1" text with
        | name, "none" -> samples.WithBatchAxis(name, Nullable())
        | name, axis ->
            samples.WithBatchAxis(name, whole "--batch-axis" 0L "state=1" axis |> min 64L |> int |> Nullable)
    | Dimension text ->
        let name, length = named "--dim" "sequence=128" text
        samples.WithDimension(name, whole "--dim" 1L "sequence=128" length)
    | _ -> samples

/// Whether a path is a folder of images.
let isImages (path: string) : bool = ImageSamples.IsFolder path

/// The archive and the array of FILE.npz:ARRAY; none where a path names no array.
let private chosen (path: string) : (string * string) option =
    let mark = ".npz:"

    match path.LastIndexOf(mark, StringComparison.OrdinalIgnoreCase) with
    | at when at >= 0 && at + mark.Length < path.Length && not (File.Exists path) ->
        Some(path.Substring(0, at + mark.Length - 1), path.Substring(at + mark.Length))
    | _ -> None

/// The samples of a path, as the options of the verb say.
let samples (options: SampleOption list) (path: string) : SampleData =
    let images = imageOptions options

    let files =
        if isImages path then
            ImageSamples.FromFolder(path, images)
        else
            match chosen path with
            | Some(file, array) -> SampleData.FromFile(file).WithArray array
            | None -> SampleData.FromFile path

    (files, options) ||> List.fold feed

/// Refuses options of images where there are none.
let refuseWithoutImages (options: SampleOption list) (paths: string list) : unit =
    let areThere =
        paths |> List.forall (fun path -> File.Exists path || Directory.Exists path)

    if options |> List.exists isOfImages && areThere && not (paths |> List.exists isImages) then
        let holder =
            match paths with
            | [] -> "no samples are given"
            | path :: _ -> $"{path} is none"

        Output.refuse
            Diagnostics.OptionNeedsAnother
            $"--image-size and its like say how a folder of images is read, and {holder}; leave them out."

/// Writes what the model is fed with of a folder of images, and gives the file as samples.
let save
    (options: SampleOption list)
    (model: string)
    (folder: string)
    (file: string)
    (force: bool)
    (cancel: CancellationToken)
    : Task<SampleData> =
    task {
        if not (isImages folder) then
            Output.refuse
                Diagnostics.OptionNeedsAnother
                $"--save-pixels: goes with a folder of images, and {folder} is none."

        let source = samples options folder

        let! saved =
            ImageSamples.StoreAsync(source, ModelSource.FromFile model, file, force, cancel)

        return (saved, options) ||> List.fold feed
    }
