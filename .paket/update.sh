#!/usr/bin/env bash
# After a pin in paket.dependencies changed: brings the packages and writes paket.lock anew.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf .packages
dotnet tool restore
for group in Main Report; do
    dotnet restore .paket/packages.proj /p:Resolve=$group
done
dotnet paket install
