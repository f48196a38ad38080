#!/usr/bin/env bash
# The F# compiler of .NET SDK 10.0.4xx: a deterministic build whose paths are all replaced by `PathMap` still depends on how long
# the replaced path is. The symbols are the same bytes and hold the replaced path alone, but the assembly leaves room for the
# path as it was before: `--deterministic` and `--pathmap` give the same assembly in another folder only where its path is as
# long as the first one's. C# gives the same assembly in all three. Seen also by dotnet/fsharp, pull request 20509.
# Needs the .NET 10 SDK. Fails where this changes.
set -euo pipefail
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo "SDK $(dotnet --version), FSharp.Core 10.0.111"

build() { # FOLDER
    mkdir "$1"
    for language in fs cs; do
        mkdir "$1/$language"
        cat > "$1/$language/lib.${language}proj" << END
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup>
  <TargetFramework>net10.0</TargetFramework><Deterministic>true</Deterministic><DebugType>portable</DebugType>
  <DisableImplicitFSharpCoreReference>true</DisableImplicitFSharpCoreReference>
  <PathMap>$folder/$1=/_</PathMap>
</PropertyGroup><ItemGroup>$([ "$language" = cs ] || echo '<Compile Include="lib.fs" /><PackageReference Include="FSharp.Core" Version="10.0.111" />')</ItemGroup></Project>
END
    done
    printf 'module Lib\nlet twice x = 2 * x\n' > "$1/fs/lib.fs"
    printf 'public static class Lib { public static int Twice(int x) => 2 * x; }\n' > "$1/cs/lib.cs"
    for language in fs cs; do
        dotnet build "$1/$language" -c Release -v quiet > log 2>&1 || { cat log; exit 1; }
    done
}
same() { cmp -s "$1/$3/bin/Release/net10.0/lib.$4" "$2/$3/bin/Release/net10.0/lib.$4" && echo same || echo differ; }

build here
build next
build elsewhere
changed=0
expect() { # WHAT EXPECTED SEEN
    echo "$1: $3"
    [ "$2" = "$3" ] || { echo "  this was: $2"; changed=1; }
}
expect "F#, a path of the same length, assembly" same "$(same here next fs dll)"
expect "F#, a path of the same length, symbols " same "$(same here next fs pdb)"
expect "F#, a longer path, assembly            " differ "$(same here elsewhere fs dll)"
expect "F#, a longer path, symbols             " same "$(same here elsewhere fs pdb)"
expect "C#, a longer path, assembly            " same "$(same here elsewhere cs dll)"
exit $changed
