#!/usr/bin/env bash
# ONNX Runtime 1.30.0 on x64: an AveragePool with ceil_mode and count_include_pad, as PyTorch's AvgPool2d(2, ceil_mode=True) is exported,
# divides a last window that reaches beyond the pads by what lies within them. Between conversions it becomes QLinearAveragePool, which
# divides by the whole window: the last column of a constant image of 1 is 0.5, without a word. Without count_include_pad both give 1.
# Needs Node.js 20 and npm, and an x64 processor. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > pool.cjs <<'JS'
const ort = require('onnxruntime-node');
// protobuf by hand
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const int = (field, value) => [...whole(field * 8), ...whole(value)];
const part = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => part(field, [...Buffer.from(value)]);
const whole1 = (name, value) => part(5, [...text(1, name), ...int(3, value), ...int(20, 2)]);
const wholes = (name, values) => part(5, [...text(1, name), ...values.flatMap((value) => int(8, value)), ...int(20, 7)]);
const node = (type, inputs, output, ...attributes) => part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type), ...attributes.flat()]);
const tensor = (name, type, raw) => part(5, [...int(2, type), ...text(8, name), ...part(9, [...new Uint8Array(raw.buffer)])]);
const real = (field, name, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);
const model = (isStored, counts) => {
  const pool = (input, output) => node('AveragePool', [input], output, wholes('kernel_shape', [2, 2]), wholes('strides', [2, 2]), whole1('ceil_mode', 1), whole1('count_include_pad', counts));
  const pair = (from, to) => [...node('QuantizeLinear', [from, 's', 'z'], `${to}q`), ...node('DequantizeLinear', [`${to}q`, 's', 'z'], to)];
  return new Uint8Array([...int(1, 8), ...part(7, [
    ...(isStored ? [...pair('x', 'd'), ...pool('d', 'p'), ...pair('p', 'y')] : pool('x', 'y')),
    ...text(2, 'g'), ...tensor('s', 1, Float32Array.of(1 / 128)), ...tensor('z', 2, Uint8Array.of(0)),
    ...real(11, 'x', [1, 1, 3, 3]), ...real(12, 'y', [1, 1, 2, 2])]), ...part(8, [...text(1, ''), ...int(2, 17)])]);
};

(async () => {
  const x = new ort.Tensor('float32', new Float32Array(9).fill(1), [1, 1, 3, 3]);
  for (const counts of [1, 0]) {
    const seen = [];
    for (const isStored of [false, true]) {
      const { y } = await (await ort.InferenceSession.create(model(isStored, counts), { logSeverityLevel: 4 })).run({ x });
      seen.push(`${isStored ? 'integers' : 'float'} ${[...y.data].map((value) => value.toFixed(2)).join(' ')}`);
    }
    console.log(`count_include_pad=${counts}: ${seen.join('; ')}`);
  }
})();
JS
seen=$(node pool.cjs)
echo "$seen"
expected='count_include_pad=1: float 1.00 1.00 1.00 1.00; integers 1.00 0.50 0.50 0.25
count_include_pad=0: float 1.00 1.00 1.00 1.00; integers 1.00 1.00 1.00 1.00'
[ "$seen" = "$expected" ] || { echo "changed"; exit 1; }
