#!/usr/bin/env bash
# After a public member was added, changed or removed on purpose: writes the files that say what is public anew.
# C#: PublicAPI.Unshipped.txt of the three libraries; F#: the two files that SurfaceTests compares with.
set -euo pipefail
cd "$(dirname "$0")/.."
export Configuration=Release # dotnet format takes it from here alone, and needs the core to be built
for library in QuantFunctional QuantFunctional.Onnx QuantFunctional.Images; do
    project=shell/$library/$library.csproj
    dotnet build "$project" --verbosity quiet -p:RunAnalyzers=false
    # from nothing: beside members that went, one pass leaves out some that came
    echo '#nullable enable' > "shell/$library/PublicAPI.Unshipped.txt"
    dotnet format analyzers "$project" --no-restore --diagnostics RS0016 RS0017
done
UPDATE_SURFACE=1 dotnet test tests/Core.Tests --filter FullyQualifiedName~SurfaceTests
