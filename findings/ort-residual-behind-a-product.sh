#!/usr/bin/env bash
# ONNX Runtime 1.30.0: a MatMul of matrices with 8-bit weights and an Add of another tensor behind it, as a residual is, becomes a Gemm
# before weights are looked at, and no MatMulNBits is made of it: its weights are dequantized at every run. With one axis more, or a
# constant bias, the same nodes are fused.
# Needs Node.js 20 and npm. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > residual.cjs <<'JS'
const fs = require('fs');
const ort = require('onnxruntime-node');
// protobuf by hand
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const int = (field, value) => [...whole(field * 8), ...whole(value)];
const part = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => part(field, [...Buffer.from(value)]);
const ints = (name, value) => part(5, [...text(1, name), ...int(3, value), ...int(20, 2)]);
const node = (type, inputs, output, ...attributes) => part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type), ...attributes.flat()]);
const tensor = (name, type, dims, raw) => part(5, [...dims.flatMap((d) => int(1, d)), ...int(2, type), ...text(8, name), ...part(9, [...new Uint8Array(raw.buffer)])]);
const real = (field, name, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);

const model = (before, added) => new Uint8Array([...int(1, 10), ...part(7, [
  ...node('DequantizeLinear', ['w', 's'], 'real', ints('axis', 0), ints('block_size', 32)),
  ...node('MatMul', ['x', 'real'], 'p'),
  ...(added ? node('Add', ['p', added], 'y') : node('Neg', ['p'], 'y')),
  ...text(2, 'g'),
  ...tensor('w', 3, [64, 48], Int8Array.from({ length: 64 * 48 }, (_, i) => (i * 37) % 255 - 127)),
  ...tensor('s', 1, [2, 48], new Float32Array(96).fill(0.01)),
  ...(added === 'b' ? tensor('b', 1, [48], new Float32Array(48).fill(1)) : []),
  ...real(11, 'x', [...before, 64]), ...(added === 'r' ? real(11, 'r', [...before, 48]) : []),
  ...real(12, 'y', [...before, 48])]), ...part(8, [...text(1, ''), ...int(2, 21)])]);

(async () => {
  for (const [told, before, added] of [
    ['two axes, nothing added', [3], ''], ['two axes, a bias', [3], 'b'], ['two axes, a residual', [3], 'r'], ['three axes, a residual', [1, 3], 'r']]) {
    await ort.InferenceSession.create(model(before, added), { optimizedModelFilePath: 'optimized.onnx', logSeverityLevel: 4 });
    const optimized = fs.readFileSync('optimized.onnx', 'latin1');
    const count = (operator) => optimized.split(`"${String.fromCharCode(operator.length)}${operator}`).length - 1;
    console.log(`${told}: MatMulNBits ${count('MatMulNBits')}, Gemm ${count('Gemm')}, DequantizeLinear ${count('DequantizeLinear')}`);
  }
})();
JS
seen=$(node residual.cjs)
echo "$seen"
expected='two axes, nothing added: MatMulNBits 1, Gemm 0, DequantizeLinear 0
two axes, a bias: MatMulNBits 1, Gemm 0, DequantizeLinear 0
two axes, a residual: MatMulNBits 0, Gemm 1, DequantizeLinear 1
three axes, a residual: MatMulNBits 1, Gemm 0, DequantizeLinear 0'
[ "$seen" = "$expected" ] || { echo "changed"; exit 1; }
