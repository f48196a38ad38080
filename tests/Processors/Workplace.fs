namespace QuantFunctional.Processors

open System
open System.IO

/// A folder for the feeds and results of one run, which goes when the run ends.
type Workplace() =
    let folder = Directory.CreateTempSubdirectory "quantfn-processors-"

    /// The path of the folder.
    member _.Folder: string = folder.FullName

    /// The path of a file in it.
    member _.File(name: string) : string = Path.Combine(folder.FullName, name)

    interface IDisposable with
        member _.Dispose() = folder.Delete true
