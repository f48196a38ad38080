#!/usr/bin/env bash
# Installs what the emulated processors need: qemu's user mode, compilers and the libraries of ARM64 (as root, where there
# is apt-get), and onnxruntime-web in the version of Runner/package.json, which npm puts into the folder of the user's cache.
# The releases of ONNX Runtime that are named on the line, and the usual ones, are taken out of npm's onnxruntime-node.
# What is there already stays. One line for each part that could not be had; then the exit code is 1.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/quantfn-processors
log=$(mktemp)
trap 'rm -f "$log"' EXIT
missing=0
lacks() { echo "not installed: $1"; missing=1; }
has() { command -v "$1" > /dev/null; }

packages=()
has qemu-x86_64 && has qemu-aarch64 || packages+=(qemu-user)
has gcc && [ -e /usr/include/stdio.h ] || packages+=(gcc libc6-dev)
has aarch64-linux-gnu-gcc || packages+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
[ -e /usr/aarch64-linux-gnu/lib/libstdc++.so.6 ] || packages+=(libstdc++6-arm64-cross)
has node && has npm || packages+=(nodejs npm)

if [ "${#packages[@]}" -gt 0 ]; then
    if ! has apt-get || [ "$(id -u)" -ne 0 ]; then
        lacks "${packages[*]}, for that takes apt-get and root"
    elif ! { apt-get -q update && apt-get -qy install --no-install-recommends "${packages[@]}"; } > "$log" 2>&1; then
        lacks "${packages[*]}: $(tail -1 "$log")"
    fi
fi

held() { cat "$cache/web/node_modules/onnxruntime-web/package.json" 2> /dev/null | grep -m1 '"version"' | grep -oE '[0-9][^"]*'; }
wanted=$(grep -m1 onnxruntime-web "$here/Runner/package.json" | grep -oE '[0-9][^"]*')
if [ "$(held)" != "$wanted" ]; then
    if ! has npm; then
        lacks "onnxruntime-web $wanted, for there is no npm"
    else
        mkdir -p "$cache/web"
        cp "$here/Runner/package.json" "$cache/web/"
        npm install --prefix "$cache/web" --no-audit --no-fund --ignore-scripts --no-package-lock > "$log" 2>&1
        [ "$(held)" = "$wanted" ] || lacks "onnxruntime-web $wanted: $(tail -1 "$log")"
    fi
fi

usual=$(grep -m1 'let releases: string list' "$here/Processor.fs" | grep -oE '[0-9]+\.[0-9]+\.[0-9]+')
for version in $usual "$@"; do
    folder=$cache/releases/$version
    ls "$folder"/libonnxruntime.so* > /dev/null 2>&1 && continue
    if ! has npm; then
        lacks "ONNX Runtime $version, for there is no npm"
        continue
    fi
    fetched=$(mktemp -d)
    mkdir -p "$folder"
    if ! (cd "$fetched" && npm pack --silent "onnxruntime-node@$version" && tar xzf ./*.tgz --wildcards '*/linux/x64/libonnxruntime.so*' \
        && find . -path '*/linux/x64/libonnxruntime.so*' -exec mv {} "$folder" \;) > "$log" 2>&1; then
        rmdir "$folder"
        lacks "ONNX Runtime $version: $(tail -1 "$log")"
    fi
    rm -rf "$fetched"
done

exit "$missing"
