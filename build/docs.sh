#!/usr/bin/env bash
# Builds the documentation's site from docs/ and the Release assemblies into site/, without a network, and fails on a warning
# or a link that leads nowhere. fsdocs alone would do neither: it writes absolute addresses, its template loads scripts and
# fonts from third parties, and it checks no link; build/site.fsx mends that. Needs `dotnet build -c Release` before.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

[ -f shell/QuantFunctional.Cli/bin/Release/net10.0/quantfn.dll ] || { echo "build/docs.sh: run dotnet build -c Release first" >&2; exit 2; }
dotnet tool restore > /dev/null

# a library's own folder does not hold what it refers to; the command line's does
references=()
for file in shell/QuantFunctional.Cli/bin/Release/net10.0/{Microsoft.*,System.Numerics.Tensors,Google.Protobuf,SixLabors.ImageSharp}.dll; do
    references+=(" -r:$PWD/$file")
done

rm -rf site .fsdocs
dotnet fsdocs build --input docs --output site --strict --ignoreuncategorized \
    --projects core/QuantFunctional.Core.fsproj shell/QuantFunctional/QuantFunctional.csproj \
    shell/QuantFunctional.Onnx/QuantFunctional.Onnx.csproj shell/QuantFunctional.Images/QuantFunctional.Images.csproj \
    shell/QuantFunctional.Report/QuantFunctional.Report.fsproj tests/QuantFunctional.Testing/QuantFunctional.Testing.fsproj \
    --properties Configuration=Release \
    --fscoptions "${references[@]}" \
    --parameters root /SITE/ fsdocs-collection-name QuantFunctional > "$log" 2>&1 || { cat "$log"; exit 1; }

# that it asks for addresses which are the owner's to state is no warning
if grep -vE '^ *(Generating|preparing|generating|copying|found|registering|reading) ' "$log" | grep -iE 'warning|error|could not|cannot|unable|failed|exception|not found|skipping'; then
    echo "build/docs.sh: fsdocs warns, see above" >&2
    exit 1
fi

dotnet fsi build/site.fsx . site
