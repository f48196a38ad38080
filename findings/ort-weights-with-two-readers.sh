#!/usr/bin/env bash
# ONNX Runtime 1.30.0: of weights of 8 bits that two DequantizeLinear read no MatMulNBits is made, neither for one product nor for the
# other, and just so where they have only the steps in common: both are dequantized at every run. The same bytes twice, under two names,
# are fused twice. So a table that a decoder's embedding and head share wants two tensors for the weights and two for the steps, which
# point to one place of the external data.
# Needs Node.js 20 and npm. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > shared.cjs <<'JS'
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

const product = ([weights, steps], output) => [
  ...node('DequantizeLinear', [weights, steps], `${output}_real`, ints('axis', 0), ints('block_size', 32)),
  ...node('MatMul', ['x', `${output}_real`], output)];
const constant = (name) => name.startsWith('s') ? tensor(name, 1, [2, 48], new Float32Array(96).fill(0.01)) : tensor(name, 3, [64, 48], Int8Array.from({ length: 64 * 48 }, (_, i) => (i * 37) % 255 - 127));
const model = (pairs) => new Uint8Array([...int(1, 10), ...part(7, [
  ...pairs.flatMap((pair, i) => product(pair, `y${i}`)),
  ...text(2, 'g'),
  ...[...new Set(pairs.flat())].flatMap(constant),
  ...real(11, 'x', [1, 64]), ...pairs.flatMap((_, i) => real(12, `y${i}`, [1, 48]))]), ...part(8, [...text(1, ''), ...int(2, 21)])]);

(async () => {
  for (const [told, pairs] of [
    ['one reader', [['w', 's']]], ['weights with two readers', [['w', 's'], ['w', 's2']]], ['steps with two readers', [['w', 's'], ['w2', 's']]],
    ['both twice, of the same bytes', [['w', 's'], ['w2', 's2']]]]) {
    await ort.InferenceSession.create(model(pairs), { optimizedModelFilePath: 'optimized.onnx', logSeverityLevel: 4 });
    const optimized = fs.readFileSync('optimized.onnx', 'latin1');
    const count = (operator) => optimized.split(`"${String.fromCharCode(operator.length)}${operator}`).length - 1;
    console.log(`${told}: MatMulNBits ${count('MatMulNBits')}, DequantizeLinear ${count('DequantizeLinear')}`);
  }
})();
JS
seen=$(node shared.cjs)
echo "$seen"
expected='one reader: MatMulNBits 1, DequantizeLinear 0
weights with two readers: MatMulNBits 0, DequantizeLinear 2
steps with two readers: MatMulNBits 0, DequantizeLinear 2
both twice, of the same bytes: MatMulNBits 2, DequantizeLinear 0'
[ "$seen" = "$expected" ] || { echo "changed"; exit 1; }
