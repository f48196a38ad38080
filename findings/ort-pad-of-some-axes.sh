#!/usr/bin/env bash
# ONNX Runtime 1.30.0 on x64: a Pad that names its axes (opset 18) between two quantized convolutions loads, and fails at its first
# run: the convolutions want their channels last, the layout pass pulls a Transpose through the Pad, and looks up the axes as if there were
# one for each dimension. Written for all axes, the same Pad runs, and so it does with optimization off.
# Needs Node.js 20 and npm, and an x64 processor. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > pad.cjs <<'JS'
const ort = require('onnxruntime-node');
// protobuf by hand
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const int = (field, value) => [...whole(field * 8), ...whole(value)];
const part = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => part(field, [...Buffer.from(value)]);
const node = (type, inputs, output) => part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type)]);
const tensor = (name, type, dims, raw) => part(5, [...dims.flatMap((d) => int(1, d)), ...int(2, type), ...text(8, name), ...part(9, [...new Uint8Array(raw.buffer)])]);
const longs = (name, ...values) => tensor(name, 7, [values.length], BigInt64Array.from(values.map(BigInt)));
const real = (field, name, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);
const pair = (from, to) => [...node('QuantizeLinear', [from, 's', 'u'], `${to}q`), ...node('DequantizeLinear', [`${to}q`, 's', 'u'], to)];
const model = (isNamed) => new Uint8Array([...int(1, 8), ...part(7, [
  ...pair('x', 'd'), ...node('DequantizeLinear', ['w', 's', 'i'], 'wd'),
  ...node('Conv', ['d', 'wd'], 'a'), ...pair('a', 'ad'),
  ...node('Pad', isNamed ? ['ad', 'pads', '', 'axes'] : ['ad', 'all'], 'p'), ...pair('p', 'pd'),
  ...node('Conv', ['pd', 'wd'], 'c'), ...pair('c', 'y'), ...text(2, 'g'),
  ...tensor('s', 1, [], Float32Array.of(0.05)), ...tensor('u', 2, [], Uint8Array.of(0)), ...tensor('i', 3, [], Int8Array.of(0)),
  ...tensor('w', 3, [4, 4, 1, 1], Int8Array.from({ length: 16 }, (_, i) => ((i * 5) % 23) - 11)),
  ...longs('pads', 1, 1, 1, 1), ...longs('axes', 2, 3), ...longs('all', 0, 0, 1, 1, 0, 0, 1, 1),
  ...real(11, 'x', [1, 4, 3, 3]), ...real(12, 'y', [1, 4, 5, 5])]), ...part(8, [...text(1, ''), ...int(2, 18)])]);

(async () => {
  const x = new ort.Tensor('float32', Float32Array.from({ length: 36 }, (_, i) => (i % 9) / 4), [1, 4, 3, 3]);
  for (const [called, isNamed, graphOptimizationLevel] of [['axes named', true, 'all'], ['axes named, optimization off', true, 'disabled'], ['all axes', false, 'all']]) {
    const session = await ort.InferenceSession.create(model(isNamed), { graphOptimizationLevel, logSeverityLevel: 4 });
    try {
      console.log(`${called}: runs, ${(await session.run({ x })).y.dims.join('x')}`);
    } catch (fault) {
      console.log(`${called}: loads, and fails at its first run: ${/idx=\d+ must be within the inclusive range \[[-\d,]+\]/.exec(fault.message)}`);
    }
  }
})();
JS
seen=$(node pad.cjs 2> /dev/null)
echo "$seen"
expected='axes named: loads, and fails at its first run: idx=4 must be within the inclusive range [-4,3]
axes named, optimization off: runs, 1x4x5x5
all axes: runs, 1x4x5x5'
[ "$seen" = "$expected" ] || { echo "changed"; exit 1; }
