#!/usr/bin/env bash
# What is packed works for a stranger: everything is packed, in a copy of the repository elsewhere, into a folder. Then, in
# empty projects with empty caches, the tool is installed and quantizes the sample, and a C# program, an F# program and a
# script use the libraries. The copy's assemblies must be those of `dotnet build -c Release` here, bit for bit.
# `tests/packages.sh FOLDER` keeps the packages in FOLDER; with PACKED=1 it takes those that are there.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false MSBUILDDISABLENODEREUSE=1
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
feed=${1:-$work/feed}
mkdir -p "$feed"
feed=$(cd "$feed" && pwd)
log=$work/log
step() { echo "-- $1 (${SECONDS} s)"; }
run() { "$@" > "$log" 2>&1 || { tail -40 "$log"; echo "FAILED: $*"; exit 1; }; }
fail() { echo "FAILED: $1"; exit 1; }
host=$(dotnet --info | sed -n 's/^ *RID: *//p' | head -1)
version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' build/Packages.props)

pack() {
    step "packing a copy of the repository, the tool by the README's lines"
    # The F# compiler leaves room by the length of the path that it was told to replace (dotnet/fsharp, pull request 20509),
    # and symbols hold where a repository begins: so the same bits need a repository, at a path of the same length.
    local length=$((${#root} - 5))
    [ "$length" -ge 3 ] || fail "the path of this folder is too short for a copy in /tmp; run this in another one"
    copy=$(mktemp -d "/tmp/$(head -c "$length" /dev/zero | tr '\0' X)")
    trap 'rm -rf "$work" "$copy"' EXIT
    run git clone --quiet "$root" "$copy"
    git ls-files -coz --exclude-standard | tar -c --null --ignore-failed-read -T - 2> "$log" | tar -x -C "$copy"
    [ -d .packages ] && ln -s "$root/.packages" "$copy/.packages"
    export ToolPlatforms=${ToolPlatforms:-$host} # MSBuild takes it from here
    lines=$(sed -n '/^dotnet pack /,/^```/p' README.md | sed '$d')
    (cd "$copy" && run bash -ec "$lines")
    grep -q ': warning ' "$log" && { cat "$log"; fail "the README's lines warn"; }
    cp "$copy"/packages/* "$feed"
    for project in tests/QuantFunctional.Testing core shell/QuantFunctional shell/QuantFunctional.Onnx shell/QuantFunctional.Images shell/QuantFunctional.Report; do
        (cd "$copy" && run dotnet pack "$project" -o "$feed" -v quiet)
        grep -q ': warning ' "$log" && { cat "$log"; fail "packing $project warns"; }
    done
    ls -l "$feed" | awk 'NR > 1 { printf "   %8d kB  %s\n", $5 / 1000, $9 }'
}
[ "${PACKED:-0}" = 1 ] || pack

# from here on as a stranger: no cache, no file of the repository above, and the feeds of the user with the folder beside them
export NUGET_PACKAGES=$work/cache NUGET_HTTP_CACHE_PATH=$work/http DOTNET_CLI_HOME=$work/home
mkdir -p "$work/home" "$work/stranger" && cd "$work/stranger"
[ -e ~/.nuget/NuGet/NuGet.Config ] && mkdir -p "$work/home/.nuget/NuGet" && cp ~/.nuget/NuGet/NuGet.Config "$work/home/.nuget/NuGet/"
cat > nuget.config << END
<configuration><packageSources><add key="packed" value="$feed" /></packageSources></configuration>
END
cp "$root"/samples/fashion/fashion.{onnx,calibration.npz,test.npz} .

step "dotnet tool install"
run dotnet tool install quantfn --version "$version" --add-source "$feed" --tool-path tool
[ "$(tool/quantfn --version)" = "quantfn $version" ] || fail "quantfn --version prints another version"
run tool/quantfn quantize fashion.onnx --calibration fashion.calibration.npz -o tool.int8.onnx
step "dnx quantfn"
run dotnet dnx "quantfn@$version" --yes --add-source "$feed" quantize fashion.onnx --calibration fashion.calibration.npz -o dnx.int8.onnx
cmp tool.int8.onnx dnx.int8.onnx || fail "the tool makes another model by dnx"

# $1: the folder, $2: the extension of the project, $3: its packages
project() {
    mkdir "$1"
    {
        echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework>'
        echo '<Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings><TreatWarningsAsErrors>true</TreatWarningsAsErrors></PropertyGroup><ItemGroup>'
        for package in $3; do echo "<PackageReference Include=\"$package\" Version=\"$version\" />"; done
        [ "$2" = fsproj ] && echo '<Compile Include="Program.fs" />'
        echo '</ItemGroup></Project>'
    } > "$1/$1.$2"
}

step "a C# program that quantizes"
project hello csproj QuantFunctional.Onnx
cat > hello/Program.cs << 'END'
using QuantFunctional.Onnx;

var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
{
    Model = "fashion.onnx",
    Calibration = "fashion.calibration.npz",
    OutputPath = "hello.int8.onnx",
});
Console.WriteLine($"{report.Layers.Count} layers");
END
run dotnet publish hello -r "$host" --no-self-contained -o published
published/hello || fail "the C# program"
cmp hello.int8.onnx tool.int8.onnx || fail "the library makes another model than the tool"

step "its size beside ONNX Runtime's own"
sizes=$(find published -type f ! -name '*.pdb' ! -name '*.xml' -printf '%s %f\n' | sort -rn)
awk '{ printf "   %8d kB  %s\n", $1 / 1000, $2 }' <<< "$sizes"
awk '{ all += $1 } $2 ~ /onnxruntime|OnnxRuntime/ { runtime += $1 }
     END { printf "   %.1f MB, of which ONNX Runtime %.1f MB: %.3f times\n", all / 1e6, runtime / 1e6, all / runtime; exit all > 1.25 * runtime }' <<< "$sizes" ||
    fail "the output is more than 1.25 times ONNX Runtime's own content"

step "a C# program that writes a report"
project page csproj "QuantFunctional.Report"
cat > page/Program.cs << 'END'
using QuantFunctional.Onnx;
using QuantFunctional.Report;

var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
{
    Model = "fashion.onnx",
    Calibration = "fashion.calibration.npz",
    OutputPath = "page.int8.onnx",
    Report = HtmlReport.File("page.html"),
});
Console.WriteLine(report.Budget!.WorstFirst[0].Name);
END
run dotnet run --project page
grep -q 'Where the error comes from' page.html || fail "the report has no error budget"

step "an F# program that plans and checks"
project plans fsproj "QuantFunctional QuantFunctional.Images QuantFunctional.Testing"
cat > plans/Program.fs << 'END'
open System
open QuantFunctional

let layer =
    LayerSpec.Convolution(
        ReadOnlySpan [| 0.5f; -1.0f; 0.25f; 0.75f; 0.1f; 0.2f; -0.3f; 0.1f |],
        ReadOnlySpan [| 2; 1; 2; 2 |],
        0.02,
        -128,
        RealRange(-2.0, 64.0)
    )

let plan = Planner.Plan(layer, PlanOptions())
printfn $"{plan.Integers.Shift.Count} shifts; {Seq.length QuantFunctional.Testing.Properties.every} properties"
END
run dotnet run --project plans
cat "$log"

step "a script: three lines to the first plan"
cat > three.fsx << END
#i "nuget: $feed"
#r "nuget: QuantFunctional, $version"
open QuantFunctional
let layer = LayerSpec.Convolution(System.ReadOnlySpan [| 0.5f; -1.0f; 0.25f; 0.75f |], System.ReadOnlySpan [| 1; 1; 2; 2 |], 0.02, -128, RealRange(-2.0, 2.0))
let plan = Planner.Plan(layer, PlanOptions())
printfn \$"{plan.Explain()}"
END
run dotnet fsi three.fsx
grep -q 'shift' "$log" || { cat "$log"; fail "the script explains nothing"; }

step "the packages say what they are"
for package in QuantFunctional.Core QuantFunctional QuantFunctional.Onnx QuantFunctional.Images QuantFunctional.Report QuantFunctional.Testing quantfn; do
    nuspec=$(find "$NUGET_PACKAGES" tool -iname "$package.nuspec" | head -1)
    [ -n "$nuspec" ] || fail "$package was not restored"
    for part in '<readme>README.md' '<icon>icon.png' '<license type="expression">MIT' '<tags>quantization ' 'post-training quantization' '<repository type="git"'; do
        grep -qiF "$part" "$nuspec" || fail "the nuspec of $package lacks $part"
    done
    grep -qE 'version="\[[^,"]*\]|Grpc\.Tools|PublicApiAnalyzers| url="' "$nuspec" && fail "the nuspec of $package has exact pins, build tools or an address"
    [ "$package" = quantfn ] || [ -e "$feed/$package.$version.snupkg" ] || fail "$package has no symbols"
done

step "the same assemblies as in the repository"
for built in core:QuantFunctional.Core shell/QuantFunctional:QuantFunctional shell/QuantFunctional.Onnx:QuantFunctional.Onnx shell/QuantFunctional.Images:QuantFunctional.Images shell/QuantFunctional.Report:QuantFunctional.Report tests/QuantFunctional.Testing:QuantFunctional.Testing; do
    name=${built##*:}
    here=$root/${built%%:*}/bin/Release/net10.0/$name.dll
    packed=$NUGET_PACKAGES/${name,,}/$version/lib/net10.0/$name
    [ -e "$here" ] || fail "there is no Release build to compare with; run: dotnet build -c Release"
    cmp "$packed.dll" "$here" || fail "$name.dll differs between two folders"
    grep -qaF "$work" "$packed.dll" && fail "$name.dll holds the path of its build"
    [ -e "$packed.xml" ] || fail "$name has no documentation"
done

step "done"
