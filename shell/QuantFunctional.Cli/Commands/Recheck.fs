/// A certificate checked again: quantfn verify --against.
module QuantFunctional.Cli.Commands.Recheck

open Argu
open QuantFunctional
open QuantFunctional.Checking
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Onnx

/// What the checker says of a certificate, for programs.
type Recheck =
    {
        Confirmed: bool
        Layers: int
        NotCovered: string seq
        Disputes: string seq
    }

/// The one named profile that a certificate is of, where it says one.
let private profileOf (certificate: CertificateReport) : string option =
    match certificate.Layers |> Seq.map _.Profile |> Seq.distinct |> List.ofSeq with
    | [ name ] when fst (Profiles.TryFind name) -> Some name
    | _ -> None

/// The layers of a plan, or those of a model, in the arithmetic of a profile, else of that which the certificate names.
let private layersOf (file: string) (profile: string option) (certificate: CertificateReport) : CheckedLayers =
    let profile = profile |> Option.orElse (profileOf certificate)

    if ExecuteModel.isModel file then
        (ExecuteModel.load file profile).ToChecked()
    else
        let layers = PlanFiles.readLayers file

        match profile |> Option.map OptionValues.profile with
        | Some profile when isNull (layers.StrangerTo profile) -> layers.On profile
        | _ -> layers

/// A certificate checked again, by other code than made it.
let private recheck (file: string) (against: string) (profile: string option) (json: bool) : unit =
    let certificate = CertificateFile.Read against
    let layers = layersOf file profile certificate
    let disputes = CertificateChecker.Disputes(certificate, layers)
    let notCovered = CertificateChecker.NotCovered(certificate, layers)

    if json then
        Output.printJson
            {
                Confirmed = disputes.Count = 0
                Layers = certificate.Layers.Count
                NotCovered = notCovered
                Disputes = disputes
            }
    else
        for dispute in disputes do
            Output.print $"{dispute}."

        for name in notCovered do
            Output.print $"{name}: the certificate says nothing of it."

        if disputes.Count = 0 then
            let layers = Output.counted certificate.Layers.Count "layer"
            let verdict = if certificate.Passed then "passed" else "did not pass"
            Output.print $"{against}: every claim is true of {layers} of {file}, which {verdict}."

    if disputes.Count > 0 then
        let count = Output.counted disputes.Count "claim"

        raise (
            Diagnostics.CertificateDisputed.Fault(
                $"{against}: {count} not true of {file}, the first of them: {disputes[0]}.",
                file = against
            )
        )

let run (arguments: ParseResults<VerifyArgument>) (against: string) : unit =
    let file = arguments.GetResult VerifyArgument.Plan
    let profile = arguments.TryGetResult VerifyArgument.Profile

    let others =
        [
            "--layer", arguments.Contains VerifyArgument.Layer
            "--profile", profile.IsSome && not (ExecuteModel.isModel file)
            "-o", arguments.Contains VerifyArgument.Output
            "--force", arguments.Contains VerifyArgument.Force
        ]

    Output.refuseBeside others "--against, which checks what the certificate says"
    recheck file against profile (arguments.Contains VerifyArgument.Json)
