namespace QuantFunctional.Processors

open System
open Microsoft.ML.OnnxRuntime

/// ONNX Runtime in this process, on the processor that is here.
[<RequireQualifiedAccess>]
module InProcess =

    let private options (job: Job) : SessionOptions =
        let options =
            new SessionOptions(
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
                IntraOpNumThreads = 1,
                InterOpNumThreads = 1
            )

        for key, value in job.Settings do
            match key with
            | "level" -> options.GraphOptimizationLevel <- enum<GraphOptimizationLevel>(int value)
            | key -> options.AddSessionConfigEntry(key, value)

        options

    let private fed (tensor: Tensor) : OrtValue =
        let value =
            OrtValue.CreateAllocatedTensorValue(
                OrtAllocator.DefaultInstance,
                enum<Tensors.TensorElementType> tensor.Type,
                tensor.Sizes
            )

        tensor.Bytes.CopyTo(value.GetTensorMutableRawData())
        value

    let private made (value: OrtValue) : Tensor =
        let info = value.GetTensorTypeAndShape()

        {
            Type = int info.ElementDataType
            Sizes = info.Shape
            Bytes = value.GetTensorMutableRawData().ToArray()
        }

    /// Runs a job; what ONNX Runtime says where it does not accept the model or fails.
    let run (job: Job) : Result<unit, string> =
        try
            use options = options job
            use session = new InferenceSession(job.Model, options)
            use run = new RunOptions()

            Tensor.readSamples job.Feed
            |> Seq.map (fun tensors ->
                let inputs = tensors |> List.map fed

                try
                    use outputs = session.Run(run, session.InputNames, inputs, session.OutputNames)
                    outputs |> Seq.map made |> List.ofSeq
                finally
                    inputs |> List.iter _.Dispose())
            |> Tensor.writeSamples job.Result

            Ok()
        with :? OnnxRuntimeException as fault ->
            Error(fault.Message.ReplaceLineEndings " ")
