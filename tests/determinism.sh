#!/usr/bin/env bash
# P11: the same model, plan, certificates, outputs and vectors come out as the same bytes, whatever the vector width, the
# number of processors, the culture and the build. One line for each surrounding; exit code 1 where a hash differs.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sample=samples/fashion/fashion
decoders=../shared/models/decoder

built() { dotnet build shell/QuantFunctional.Cli -c "$1" -v quiet > "$work/$1.log" 2>&1 || { cat "$work/$1.log"; exit 1; }; }
built Release

# Runs each command that writes, in a folder of its own, and leaves the hashes of all that was written.
hashes() { # FOLDER BUILD VARIABLE=VALUE…
    local folder=$1 build=$2 out="$1/out"
    shift 2
    mkdir -p "$out"
    quantfn() { env "$@" >> "$folder/log" 2>&1; }
    local run=("$@" dotnet "shell/QuantFunctional.Cli/bin/$build/net10.0/quantfn.dll")
    quantfn "${run[@]}" quantize $sample.onnx --calibration $sample.calibration.npz -o "$out/model.onnx" --plan "$out/plan.json" &&
        quantfn "${run[@]}" verify "$out/plan.json" -o "$out/plan-certificate.json" &&
        quantfn "${run[@]}" verify "$out/model.onnx" -o "$out/model-certificate.json" &&
        quantfn "${run[@]}" execute "$out/model.onnx" --input $sample.calibration.npz -o "$out/outputs.npy" &&
        quantfn "${run[@]}" execute "$out/model.onnx" --input $sample.calibration.npz --profile tflite -o "$out/outputs-tflite.npy" &&
        quantfn "${run[@]}" quantize $sample.onnx --weight-only int4 -o "$out/int4.onnx" --plan "$out/int4.json" &&
        quantfn "${run[@]}" quantize $sample.onnx --weight-only int4 --zero-points --calibration $sample.calibration.npz -o "$out/moments.onnx" &&
        { [ ! -e $decoders ] || quantfn "${run[@]}" quantize $decoders/contrib-tied --weight-only int4 --keep-8-bit sensitive \
            --calibration $decoders/tokens.npz:calibration -o "$out/decoder"; } &&
        quantfn "${run[@]}" vectors "$out/plan.json" --layer /0/Conv -o "$out/vectors" --count 4 --seed 7 &&
        (cd "$out" && find . -type f | LC_ALL=C sort | xargs sha256sum) > "$folder/hashes"
}

# two surroundings at a time, since most of a command is .NET's compilation, on one processor
names=()
in_surrounding() { # NAME BUILD VARIABLE=VALUE…
    [ "$(jobs -pr | wc -l)" -lt 2 ] || wait -n || true
    local folder="$work/${#names[@]}"
    names+=("$1")
    hashes "$folder" "${@:2}" &
}

in_surrounding "this one" Release _=
(built Unoptimised && touch "$work/unoptimised") &
in_surrounding "no vectors" Release DOTNET_EnableHWIntrinsic=0
in_surrounding "vectors of 128 bits" Release DOTNET_EnableAVX512=0 DOTNET_EnableAVX2=0
in_surrounding "vectors of 256 bits" Release DOTNET_EnableAVX512=0
in_surrounding "no multiplying of bytes" Release DOTNET_EnableAVXVNNI=0
in_surrounding "one processor" Release DOTNET_PROCESSOR_COUNT=1
in_surrounding "two processors" Release DOTNET_PROCESSOR_COUNT=2
# without the culture's data .NET refuses to start, and there is no other culture to try
if LC_ALL=tr_TR.UTF-8 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0 \
    dotnet shell/QuantFunctional.Cli/bin/Release/net10.0/quantfn.dll --version > /dev/null 2>&1; then
    for culture in tr_TR de_DE; do
        in_surrounding "culture $culture" Release LANG=$culture.UTF-8 LC_ALL=$culture.UTF-8 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0
    done
else
    echo "skipped  other cultures: .NET finds no ICU library here"
fi
wait
[ -e "$work/unoptimised" ] || exit 1 # an older build may be there, which would say nothing of this one
in_surrounding "unoptimised build" Unoptimised _=
wait

differing=0
for i in "${!names[@]}"; do
    if [ ! -s "$work/$i/hashes" ]; then
        echo "FAILED  ${names[i]}"
        cat "$work/$i/log"
        differing=1
    elif [ "$i" -eq 0 ]; then
        cat "$work/0/hashes"
    elif cmp -s "$work/0/hashes" "$work/$i/hashes"; then
        echo "same  ${names[i]}"
    else
        echo "DIFFERENT  ${names[i]}"
        diff "$work/0/hashes" "$work/$i/hashes" || true
        differing=1
    fi
done

exit $differing
