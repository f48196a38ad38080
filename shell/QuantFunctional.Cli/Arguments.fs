namespace QuantFunctional.Cli

open Argu

[<HelpFlags("--help", "-h")>]
type Argument =
    | [<CliPrefix(CliPrefix.None)>] Quantize of ParseResults<QuantizeArgument>
    | [<CliPrefix(CliPrefix.None)>] Calibrate of ParseResults<CalibrateArgument>
    | [<CliPrefix(CliPrefix.None)>] Compare of ParseResults<CompareArgument>
    | [<CliPrefix(CliPrefix.None)>] Sensitivity of ParseResults<SensitivityArgument>
    | [<CliPrefix(CliPrefix.None)>] Inspect of ParseResults<InspectArgument>
    | [<CliPrefix(CliPrefix.None)>] Plan of ParseResults<PlanArgument>
    | [<CliPrefix(CliPrefix.None)>] Profiles of ParseResults<ProfilesArgument>
    | [<CliPrefix(CliPrefix.None)>] Explain of ParseResults<ExplainArgument>
    | [<CliPrefix(CliPrefix.None)>] Execute of ParseResults<ExecuteArgument>
    | [<CliPrefix(CliPrefix.None)>] Verify of ParseResults<VerifyArgument>
    | [<CliPrefix(CliPrefix.None)>] Repair of ParseResults<RepairArgument>
    | [<CliPrefix(CliPrefix.None)>] Vectors of ParseResults<VectorsArgument>
    | [<CliPrefix(CliPrefix.None)>] Completion of ParseResults<CompletionArgument>
    | [<CliPrefix(CliPrefix.None)>] Help of ParseResults<HelpArgument>
    | [<Unique>] Version

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Quantize _ -> "make an integer model of a float model"
            | Calibrate _ -> "keep what samples, or a shard of them, show of a float model, for a quantization later"
            | Compare _ -> "run two models on the same inputs and tell how far they are apart"
            | Sensitivity _ -> "measure what each rounding of a model costs alone, and write nothing"
            | Inspect _ -> "show what is in a model and what would be quantized"
            | Plan _ -> "plan one layer that is given by its arrays"
            | Profiles _ -> "show the targets that layers are planned for"
            | Explain _ -> "tell a plan in words and numbers, and how it was found"
            | Execute _ -> "run a planned layer, or a quantized model, on integers, exactly"
            | Verify _ -> "prove that no integer of a plan or of a quantized model overflows, and how far they can err"
            | Repair _ -> "mend what goes wrong on some processors in a quantized model of any tool, and nothing else"
            | Vectors _ -> "write golden inputs and outputs of a planned layer, for tests of hardware and firmware"
            | Completion _ -> "write a script that completes verbs, options and names in a shell"
            | Help _ -> "tell a verb's options"
            | Version -> "print the version. Example: quantfn --version"

module Examples =
    /// What the help of a verb ends with; that of the program where the verb is empty.
    let ofVerb (verb: string) : string list =
        match verb with
        | "quantize" ->
            [
                "quantfn quantize model.onnx --calibration images.npz --compare test.npz"
                "quantfn quantize model.onnx --calibration images.npz -o out.onnx --exclude conv1 --plan plan.json"
                "quantfn quantize model.onnx --calibration images.npz --report report.html"
                "quantfn quantize model.onnx --config quantfn.json --exclude-type Softmax"
                "quantfn quantize model.onnx --statistics s1.json s2.json --calibration images.npz"
                "quantfn quantize model.onnx --calibration images.npz --save-recipe model.recipe.json"
                "quantfn quantize model.onnx --recipe model.recipe.json"
                "quantfn quantize model.onnx --calibration images.npz --target-agreement 0.98 --evaluations 40"
                "quantfn quantize model.onnx --calibration images.npz --compare test.npz --max-drop 0.5"
            ]
        | "calibrate" ->
            [
                "quantfn calibrate model.onnx --data images.npz -o statistics.json"
                "quantfn calibrate model.onnx --data images.npz --shard 2/4 -o s2.json"
            ]
        | "compare" ->
            [
                "quantfn compare model.onnx model.int8.onnx --data test.npz --labels classes"
                "quantfn compare model.onnx model.int8.onnx --data test.npz --engine quantfn --profile onnxruntime-x64-avx2"
                "quantfn compare model.onnx model.int8.onnx --data test.npz --processors"
                "quantfn compare model.onnx model.int8.onnx --data test.npz --time"
                "quantfn compare decoder decoder.w4 --tokens tokens.npz:test --time"
            ]
        | "sensitivity" ->
            [
                "quantfn sensitivity model.onnx --data images.npz"
                "quantfn sensitivity model.onnx --data images.npz --ranges minmax --json"
            ]
        | "inspect" -> [ "quantfn inspect model.onnx" ]
        | "plan" ->
            [
                "quantfn plan --weight w.npy --layout OIHW --input-step 0.02 --input-zero-point -10 --output-range -6,9 -o p.json"
                "quantfn plan --weight w.npy --layout OI --weight-only int4 --group 64 -o p.json"
            ]
        | "profiles" -> [ "quantfn profiles"; "quantfn profiles tflite --json" ]
        | "explain" ->
            [
                "quantfn explain model.plan.json"
                "quantfn explain model.plan.json --layer conv1 --channel 5"
                "quantfn explain model.plan.json --layer conv1 --markdown"
                "quantfn explain model.int8.onnx"
            ]
        | "execute" ->
            [
                "quantfn execute plan.json --input x.npy -o y.npy"
                "quantfn execute model.plan.json --layer conv1 --input x.npy -o y.npy --trace-intermediates ."
                "quantfn execute decoder.w4 --weights -o weights.npz"
            ]
        | "verify" ->
            [
                "quantfn verify model.plan.json"
                "quantfn verify model.plan.json --layer conv1 -o certificate.json"
                "quantfn verify model.int8.onnx --profile onnxruntime-vnni"
                "quantfn verify model.plan.json --against certificate.json"
                "quantfn verify model.int8.onnx -o certificate.json"
                "quantfn verify decoder.w4 --against decoder.plan.json --float decoder"
            ]
        | "repair" ->
            [
                "quantfn repair model.int8.onnx"
                "quantfn repair model.int8.onnx -o model.onnx --compare test.npz --float model.float.onnx"
                "quantfn repair model.int8.onnx --profile onnxruntime-x64-avx2 --json"
            ]
        | "vectors" ->
            [
                "quantfn vectors plan.json -o vectors"
                "quantfn vectors model.plan.json --layer conv1 --input-shape 8,8 --count 100 --format hex -o vectors"
            ]
        | "completion" ->
            [
                "quantfn completion bash > ~/.local/share/bash-completion/completions/quantfn"
                "quantfn completion zsh > ~/.zfunc/_quantfn"
                "quantfn completion pwsh | Out-String | Invoke-Expression"
            ]
        | "help" -> [ "quantfn help quantize" ]
        | _ ->
            [
                "quantfn inspect model.onnx"
                "quantfn quantize model.onnx --calibration images.npz --compare test.npz"
            ]
