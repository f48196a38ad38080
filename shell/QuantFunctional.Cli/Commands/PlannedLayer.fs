/// The layer of a plan that a command works on.
module QuantFunctional.Cli.Commands.PlannedLayer

open QuantFunctional
open QuantFunctional.Documents
open QuantFunctional.Cli

/// A plan's layers on the processors of a profile's name, else on those that each was planned for.
let onProcessor (file: string) (read: unit -> CheckedLayers) (profile: string option) : CheckedLayers =
    let profile = profile |> Option.map OptionValues.profile
    let layers = read ()

    match profile with
    | None -> layers
    | Some profile ->
        match layers.StrangerTo profile with
        | null -> layers.On profile
        | stranger ->
            Output.refuse
                Diagnostics.PlanOfOtherProfile
                $"--profile: layer {stranger.Name} of {file} is planned for {stranger.Integers.Profile.Name}, and its integers \
                mean something else elsewhere; plan it again for '{profile.Name}'."

/// Refuses a name that no layer has, with the nearest of those that there are.
let noLayer (file: string) (known: string list) (name: string) : 'T =
    let nearest = NearestNames.Of(known, name, 3) |> String.concat ", "
    let total = Output.counted known.Length "layer"

    Output.refuse Diagnostics.LayerMissing $"--layer: {file} has no layer '{name}'; nearest of its {total}: {nearest}."

/// The layer that is meant: the one of a name, or the only one. Of some layers the weights alone are integers.
let find
    (verb: string)
    (file: string)
    (nameOf: 'T -> string)
    (layers: 'T seq)
    (weightsAlone: string seq)
    (name: string option)
    : 'T =
    let layers, weightsAlone = List.ofSeq layers, List.ofSeq weightsAlone

    let noIntegers (which: string) =
        Output.refuse
            Diagnostics.WeightsAlone
            $"{file}: {which} is planned for integer weights alone, and its activations are not integers to run on."

    match name, layers, weightsAlone with
    | _, [], [] -> Output.refuse Diagnostics.NoLayers $"{file}: it holds no layer, so there is nothing to {verb}."
    | None, [ only ], [] -> only
    | None, [], _ -> noIntegers "every layer"
    | None, _, _ ->
        let total = Output.counted (layers.Length + weightsAlone.Length) "layer"

        Output.refuse
            Diagnostics.LayerNotSaid
            $"{file}: it has {total}, so --layer must say which to {verb}; quantfn explain {file} lists them."
    | Some name, _, _ ->
        match layers |> List.tryFind (fun layer -> nameOf layer = name) with
        | Some layer -> layer
        | None when List.contains name weightsAlone -> noIntegers $"layer {name}"
        | None -> noLayer file ((layers |> List.map nameOf) @ weightsAlone) name
