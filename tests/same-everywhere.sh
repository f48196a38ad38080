#!/usr/bin/env bash
# P17 and P18 in ONNX Runtime itself: what `quantize` writes by default gives the same bytes on this processor, on every
# emulated one and in WebAssembly, and they are this library's integers; so do ten networks drawn at random. The recorded
# kernels still add as docs/processors.md says. Needs the Release build; tests/Processors/install.sh brings the processors,
# and one that is not there is skipped with a line. --all runs every photo of the largest model. Exit code 1 where an element differs.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quantfn() { dotnet shell/QuantFunctional.Cli/bin/Release/net10.0/quantfn.dll "$@" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }
processors() { dotnet tests/Processors/bin/Release/net10.0/processors.dll "$@" || differing=1; }
differing=0
photos=2 # of 16; an emulated one takes seconds
[ "${1:-}" = --all ] && photos=16

models=() data=()
quantized() { # NAME FLOAT-MODEL-WITHOUT-ENDING OPTIONS
    local name=$1 float=$2
    shift 2
    quantfn quantize "$float.onnx" --calibration "$float.calibration.npz" -o "$work/$name.onnx" "$@"
    models+=("$work/$name.onnx") data+=(--data "$float.test.npz")
}

fashion=samples/fashion/fashion
quantized fashion $fashion
quantized fashion.sima-int8 $fashion --precision sima-int8
shared=../shared/models
if [ -d $shared ]; then
    quantized ic_resnet8 $shared/ic_resnet8
    quantized ic_resnet8.sima-int8 $shared/ic_resnet8 --precision sima-int8
    quantized mnist $shared/mnist
else
    echo "skipped: the shared models, for the folder is not there"
fi

processors "${models[@]}" "${data[@]}" --samples 100
if [ -d $shared ]; then
    quantfn quantize $shared/ultraface.onnx --calibration $shared/ultraface.data.npz -o "$work/ultraface.onnx"
    processors "$work/ultraface.onnx" --data $shared/ultraface.data.npz --samples "$photos" --moved --ulps 4
fi
processors random --networks 10
processors record --check
exit $differing
