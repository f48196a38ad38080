#!/usr/bin/env bash
# fsdocs-tool 22.2.0 on a C# library: of a public method that is `async` it says "Could not read comments from entity", since the
# compiler marks such a method with an attribute whose argument is a type of its own making. It goes on, exits with 0 also under
# --strict, and the page lacks what the method's XML comment says. A method that hands on the Task of a private async one has its comment.
# Needs the .NET 10 SDK. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet tool install fsdocs-tool --version 22.2.0 --tool-path tools > /dev/null
mkdir -p lib docs
cat > lib/lib.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <GenerateDocumentationFile>true</GenerateDocumentationFile>
    <PackageProjectUrl>https://example.org/</PackageProjectUrl>
  </PropertyGroup>
</Project>
XML
cat > lib/Waits.cs <<'CS'
using System.Threading.Tasks;

namespace Lib;

/// <summary>Two ways to wait.</summary>
public static class Waits
{
    /// <summary>The words of the first way.</summary>
    public static async Task FirstAsync() => await Task.Yield();

    /// <summary>The words of the second way.</summary>
    public static Task SecondAsync() => HiddenAsync();

    private static async Task HiddenAsync() => await Task.Yield();
}
CS
dotnet build lib -c Release -v quiet > build.txt || { cat build.txt; exit 1; }
echo "# Lib" > docs/index.md
tools/fsdocs build --input docs --output site --strict --projects lib/lib.csproj --properties Configuration=Release \
    --parameters root / fsdocs-collection-name Lib > log.txt 2>&1 || { cat log.txt; exit 1; }
grep -o "Could not read comments from entity '[^']*'" log.txt | sort -u | tee seen.txt
first=$(cat site/reference/*.html | grep -c 'words of the first way' || true)
second=$(cat site/reference/*.html | grep -c 'words of the second way' || true)
echo "pages tell the words of the first way $first times, of the second $second times"
[ "$(cat seen.txt)" = "Could not read comments from entity 'Lib.Waits.FirstAsync'" ] && [ "$first" -eq 0 ] && [ "$second" -gt 0 ] \
    || { echo "changed: fsdocs reads comments of async methods, or reads none"; exit 1; }
