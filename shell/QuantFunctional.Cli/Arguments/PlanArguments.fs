namespace QuantFunctional.Cli

open Argu

type PlanArgument =
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced>] Weight of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Bias of file: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced>] Layout of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Groups of count: int
    | [<Unique; EqualsAssignmentOrSpaced>] Input_Step of step: string
    | [<Unique; EqualsAssignmentOrSpaced>] Input_Zero_Point of integer: int
    | [<Unique; EqualsAssignmentOrSpaced>] Input_Type of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Output_Range of range: string
    | [<Unique; EqualsAssignmentOrSpaced>] Precision of name: string
    | [<Unique>] Per_Tensor
    | [<Unique>] Symmetric_Activations
    | [<Unique; EqualsAssignmentOrSpaced>] Profile of profile: string
    | [<Unique>] Relu
    | [<Unique>] Allow_Full_Output
    | [<Unique; EqualsAssignmentOrSpaced>] Bias_Correction of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Means of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Strides of steps: string
    | [<Unique; EqualsAssignmentOrSpaced>] Pads of pads: string
    | [<Unique; EqualsAssignmentOrSpaced>] Dilations of distances: string
    | [<Unique>] Transposed
    | [<Unique; EqualsAssignmentOrSpaced>] Weight_Only of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Group of length: int
    | [<Unique; EqualsAssignmentOrSpaced>] Steps of rule: string
    | [<Unique>] Zero_Points
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of file: string
    | [<Unique>] Force
    | [<Unique; EqualsAssignmentOrSpaced>] Config of file: string
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Weight _ -> "the weights, a .npy file of floats. Required. Example: --weight conv1.weight.npy"
            | Bias _ ->
                "one bias for each output channel in real units, a .npy file of floats. Default: none. "
                + "Example: --bias conv1.bias.npy"
            | Layout _ ->
                "the order of the weights' axes: O output channels, I input channels, G groups, HW one to three axes "
                + "of the kernel. OIHW (ONNX, PyTorch), OHWI (TFLite), HWIO, HWIGO (TensorFlow), HWGO (TensorFlow "
                + "depthwise), IHWO (TFLite depthwise), IOHW (ONNX, PyTorch transposed), HWOI (TensorFlow "
                + "transposed); IO and OI are products. Required. Example: --layout OIHW"
            | Groups _ ->
                "how many groups the channels fall into; HWIGO and HWGO say it themselves. Default: 1. "
                + "Example: --groups 8"
            | Input_Step _ ->
                "real units per step of the input, what ONNX and TFLite call its scale. Required, except with "
                + "--weight-only. Default: none. Example: --input-step 0.0235"
            | Input_Zero_Point _ ->
                "the integer that stands for 0 in the input. Required, except with --weight-only. Default: none. "
                + "Example: --input-zero-point -128"
            | Input_Type _ -> "the type of the input: int8 or int16. Default: int8. Example: --input-type int16"
            | Output_Range _ ->
                "the smallest and the largest value of the output in real units; 0 lies between them. Required, "
                + "except with --weight-only. Default: none. Example: --output-range -6,9"
            | Precision _ ->
                "how the output is computed: sima-int8, sima-int16 or sima-int32 (a shift alone), tflite-int8 or "
                + "tflite-int16 (a multiplier and a shift), restricted-tflite-int8 or restricted-tflite-int16 "
                + "(TFLite's form with the multiplier 1). Default: tflite-int8. Example: --precision sima-int8"
            | Per_Tensor -> "one step for all weights. Default: one per output channel. Example: --per-tensor"
            | Symmetric_Activations ->
                "give the output the zero point 0. Default: the zero point that wastes no range. "
                + "Example: --symmetric-activations"
            | Profile _ ->
                "the target: a name that 'quantfn profiles' lists, or a JSON file such as 'quantfn profiles NAME "
                + "--json' prints. Default: reference. Example: --profile tflite"
            | Relu ->
                "a ReLU follows: TFLite's precisions clamp at the output's zero point where the target can, all else "
                + "saturates at the lowest output. Where that is not right, tflite-int8 (tflite-int16) is taken in place "
                + "of sima-int8 (sima-int16), and other precisions are refused; sima-int32 always is. "
                + "Default: nothing follows. Example: --relu"
            | Allow_Full_Output ->
                "let the output have 32 bits where shifts are left to give. Only with sima-int16. Default: 16 bits. "
                + "Example: --allow-full-output"
            | Bias_Correction _ ->
                "correct the biases for the error of the weights: mean-input (from the mean of each input channel) "
                + "or mean-output (from the means of the float and of the quantized outputs). Default: no "
                + "correction. Example: --bias-correction mean-input"
            | Means _ ->
                "the means for the correction, a .npy file of floats: for mean-input one for each input channel of "
                + "all groups; for mean-output two rows of one for each output channel, first of the float outputs, "
                + "then of the quantized ones. Default: none. Example: --means means.npy"
            | Strides _ -> "one stride for each kernel axis. Default: 1 each. Example: --strides 2,2"
            | Pads _ ->
                "what is added at the begin of each kernel axis, then at the end of each. Default: 0 each. "
                + "Example: --pads 1,1,1,1"
            | Dilations _ ->
                "the distance of neighbouring kernel positions, one for each kernel axis. Default: 1 each. "
                + "Example: --dilations 2,2"
            | Transposed -> "the convolution is transposed. Default: it is not. Example: --transposed"
            | Weight_Only _ ->
                "quantize the weights alone, to int8 or int4, for a layer that computes in bfloat16 or float. "
                + "Default: activations and weights. Example: --weight-only int4"
            | Group _ ->
                "with --weight-only, how many neighbouring inputs share a step. Default: all of a channel. "
                + "Example: --group 64"
            | Steps _ ->
                "with --weight-only, how each step is found: largest (the smallest that clips no weight) or searched (of 52 steps, of both "
                + "signs, the one with the least squared error of the weights, as quantfn quantize does). Default: largest. "
                + "Example: --steps searched"
            | Zero_Points ->
                "with --weight-only int4, plan uint4 weights with a zero point for each step. Default: int4 about 0. "
                + "Example: --zero-points"
            | Output _ -> "the plan to write, a JSON file. Required. Example: -o conv1.plan.json"
            | Force -> "replace a file that exists. Default: an existing file is an error. Example: --force"
            | Config _ ->
                "a JSON file whose member \"plan\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | Json -> "print the summary as one JSON document. Default: text. Example: --json"
