#!/usr/bin/env bash
# System.Numerics.Tensors 10.0.0: every TensorPrimitives.Is…All says false of an empty span, where LINQ's All and mathematics say
# true. "if (!IsFiniteAll(bias)) refuse" refuses each layer without a bias. Ask for emptiness first.
# Needs the .NET 10 SDK. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/nothing.cs" <<'CS'
#:package System.Numerics.Tensors@10.0.0
#:property PublishAot=false
using System.Numerics.Tensors;
float[] nothing = [], one = [1f];
Console.WriteLine($"LINQ {nothing.All(float.IsFinite)}");
Console.WriteLine($"IsFiniteAll {TensorPrimitives.IsFiniteAll<float>(nothing)}, of one number {TensorPrimitives.IsFiniteAll<float>(one)}");
Console.WriteLine($"IsPositiveAll {TensorPrimitives.IsPositiveAll<float>(nothing)}, of one number {TensorPrimitives.IsPositiveAll<float>(one)}");
Console.WriteLine($"IsNaNAll {TensorPrimitives.IsNaNAll<float>(nothing)}, IsNaNAny {TensorPrimitives.IsNaNAny<float>(nothing)}");
CS
seen=$(cd "$folder" && DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet run nothing.cs)
echo "$seen"
expected='LINQ True
IsFiniteAll False, of one number True
IsPositiveAll False, of one number True
IsNaNAll False, IsNaNAny False'
[ "$seen" = "$expected" ] || { echo "changed: what is said of nothing"; exit 1; }
