namespace QuantFunctional.Tests

open System
open System.IO
open Xunit

/// The folder of the solution.
[<RequireQualifiedAccess>]
module Repository =
    let folder: string =
        let rec above (directory: DirectoryInfo | null) =
            match directory with
            | Null -> invalidOp "QuantFunctional.sln was not found above the tests"
            | NonNull directory when File.Exists(Path.Combine(directory.FullName, "QuantFunctional.sln")) ->
                directory.FullName
            | NonNull directory -> above directory.Parent

        above (DirectoryInfo AppContext.BaseDirectory)

/// The folder of golden rows and models that may lie beside the repository.
[<RequireQualifiedAccess>]
module Shared =
    let private folder =
        Path.GetFullPath(Path.Combine(Repository.folder, "..", "shared"))

    let isMissing = not (Directory.Exists folder)

    /// The text of a file, by its path within the folder.
    let text (path: string) : string =
        File.ReadAllText(Path.Combine(folder, path))

    /// The rows of a golden CSV file without its heading, each with its line number.
    let rows (name: string) : (int * string array) array =
        File.ReadAllLines(Path.Combine(folder, "golden", name))
        |> Array.mapi (fun i line -> i + 1, line.Split ',')
        |> Array.tail

/// A test that needs the shared folder; skipped where there is none.
[<AttributeUsage(AttributeTargets.Method)>]
type SharedFactAttribute() as this =
    inherit FactAttribute()

    do
        if Shared.isMissing then
            this.Skip <- "the folder 'shared' is not beside the repository"
