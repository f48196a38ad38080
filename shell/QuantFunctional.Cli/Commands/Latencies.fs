/// How long both models take, as text.
module QuantFunctional.Cli.Commands.Latencies

open QuantFunctional.Cli
open QuantFunctional.Onnx

let private milliseconds (time: float) : string = Output.significant 3 time

/// A row for each number of threads.
let show (latencies: LatencyComparison seq) : unit =
    Output.print ""

    Output.printTable
        [
            TextTable.Left "Milliseconds for a sample"
            TextTable.Right "Runs"
            TextTable.Right "Float median"
            TextTable.Right "90 %"
            TextTable.Right "Quantized median"
            TextTable.Right "90 %"
            TextTable.Right "Faster"
        ]
        [
            for latency in latencies do
                let ratio = latency.Float.MedianMs / latency.Quantized.MedianMs

                [
                    (if latency.Threads = 0 then
                         "all threads"
                     else
                         Output.counted latency.Threads "thread")
                    Output.grouped latency.Runs
                    milliseconds latency.Float.MedianMs
                    milliseconds latency.Float.Percentile90Ms
                    milliseconds latency.Quantized.MedianMs
                    milliseconds latency.Quantized.Percentile90Ms
                    $"{Output.fixedPoint 2 ratio}x"
                ]
        ]
