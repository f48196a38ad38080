// Quantizes the bundled network from F#, compares it with the float model, and proves that nothing in it overflows.
// Run: dotnet build -c Release; dotnet fsi samples/quantize-a-model.fsx
#I "../shell/QuantFunctional.Cli/bin/Release/net10.0"
#r "Microsoft.ML.OnnxRuntime.dll"
#r "Microsoft.Extensions.Logging.Abstractions.dll"
#r "QuantFunctional.Core.dll"
#r "QuantFunctional.dll"
#r "QuantFunctional.Onnx.dll"

open System.IO
open QuantFunctional.Onnx

let file name =
    Path.Combine(__SOURCE_DIRECTORY__, "fashion", name)

task {
    let! report =
        OnnxQuantizer.QuantizeAsync(
            QuantizeRequest(
                Model = ModelSource.FromFile(file "fashion.onnx"),
                Calibration = SampleData.FromFile(file "fashion.calibration.npz"),
                OutputPath = file "fashion.int8.onnx",
                Overwrite = true
            )
        )

    let! quality =
        ModelComparer.CompareAsync(
            ModelSource.FromFile(file "fashion.onnx"),
            report.QuantizedModel,
            SampleData.FromFile(file "fashion.test.npz")
        )

    let percent = 100.0 * quality.QuantizedTop1.Value
    printfn $"{report.Layers.Count} layers, {quality.Outputs[0].SqnrDb:F1} dB, {percent:F1} %% of the images right"
    printfn $"proven: %b{IntegerModel.Load(report.QuantizedModel).Certify().Passed}"
}
|> _.Wait()
