/// What a certificate says of what stands between a model's layers.
module QuantFunctional.Cli.Commands.BetweenLayers

open QuantFunctional.Cli
open QuantFunctional.Documents

/// What the arithmetics of the profile make of the joins; one arithmetic alone has nobody to agree with.
let showJoins (joins: JoinCertificateReport seq) : unit =
    let compared =
        joins |> Seq.filter (fun join -> join.Arithmetics.Count > 1) |> List.ofSeq

    let agree = compared |> List.filter _.Passed |> List.length

    if agree > 0 then
        Output.print $"""{Output.counted agree "join"}: every arithmetic gives the same byte for all pairs of inputs."""

    for join in compared do
        for violation in join.Violations do
            Output.print
                $"{join.Name} ({join.Operator}): {violation.Message}; 'quantfn repair' mends a model, and --profile \
                onnxruntime-vnni is enough for one that only ever runs with VNNI. [{violation.Code}]"

/// Whether the sums of products of two activations hold.
let showProducts (products: ActivationProductReport list) : unit =
    match products with
    | [] -> ()
    | _ ->
        let most = products |> List.map _.MostTerms |> List.min |> Output.grouped
        let known = products |> List.choose (_.Terms >> Option.ofNullable)
        let openOnes = products.Length - known.Length

        let adds =
            match known, openOnes with
            | [], _ -> "how many they add, the model leaves open"
            | _, 0 -> $"they add {Output.grouped (List.max known)} at most"
            | _ ->
                $"they add {Output.grouped (List.max known)} at most, but for {openOnes} of which the model leaves it open"

        Output.print
            $"Products of two activations: {products.Length}. An int32 sum holds {most} products, whatever is stored; {adds}."

        for product in products do
            if not product.Passed then
                Output.print
                    $"{product.Name}: its sums add {Output.grouped product.Terms.Value} products, of which int32 holds \
                    {Output.grouped product.MostTerms}."

/// The products of two activations that a certificate speaks of.
let products (certificate: CertificateReport) : ActivationProductReport list =
    match certificate.ActivationProducts with
    | null -> []
    | products -> List.ofSeq products
