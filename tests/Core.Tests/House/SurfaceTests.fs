namespace QuantFunctional.Tests

open System
open System.IO
open Xunit
open QuantFunctional
open QuantFunctional.Testing

/// What the F# libraries show is what was approved. After a change on purpose: build/approve-surface.sh.
type SurfaceTests() =

    let holds (library: Reflection.Assembly) =
        let path =
            Path.Combine(Repository.folder, "tests", "Core.Tests", "House", $"{library.GetName().Name}.approved.txt")

        let shown = Surface.ofAssembly library

        if Environment.GetEnvironmentVariable "UPDATE_SURFACE" = "1" then
            File.WriteAllText(path, shown)

        let approved = File.ReadAllLines path |> Set.ofArray
        let found = shown.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> Set.ofArray
        Assert.Empty(found - approved) // shown, and not approved
        Assert.Empty(approved - found) // approved, and not shown any more

    [<Fact>]
    member _.``the core shows what was approved``() = holds typeof<Layer>.Assembly

    [<Fact>]
    member _.``the testing library shows what was approved``() = holds typeof<LayerCase>.Assembly
