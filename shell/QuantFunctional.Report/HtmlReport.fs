namespace QuantFunctional.Report

open System
open System.IO
open Giraffe.ViewEngine
open QuantFunctional.Onnx

/// A report for people as one HTML page, which needs no network.
[<AbstractClass; Sealed>]
type HtmlReport =

    /// A page that goes to a file, for QuantizeRequest.Report.
    static member File(path: string) : ReportFile =
        ArgumentException.ThrowIfNullOrEmpty path
        ReportFile(path, Action<ReportFacts, Stream>(fun facts stream -> HtmlReport.Write(facts, stream)))

    /// Writes a page, in UTF-8. The same facts give the same bytes.
    static member Write(facts: ReportFacts, stream: Stream) : unit =
        ArgumentNullException.ThrowIfNull facts
        ArgumentNullException.ThrowIfNull stream
        Page.document facts |> RenderView.AsBytes.htmlDocument |> stream.Write
