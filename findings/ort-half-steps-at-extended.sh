#!/usr/bin/env bash
# ONNX Runtime 1.30.0 (1.31.1 too, from .NET): a MatMul of float16 whose 8-bit weights have steps of float16 becomes MatMulNBits with Casts around
# it, on CPUs. At the level "extended" the steps are converted at every run, and with activations as int8 (accuracy level 4, which is usual) the
# products give zeros. At "all" the steps are converted once, and the result is right; so it is at the accuracy level 1.
# Needs Node.js 20 and npm. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > steps.cjs <<'JS'
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

const model = new Uint8Array([...int(1, 10), ...part(7, [
  ...node('Cast', ['x'], 'half', ints('to', 10)),
  ...node('DequantizeLinear', ['w', 's'], 'real', ints('axis', 0), ints('block_size', 32)),
  ...node('MatMul', ['half', 'real'], 'p'),
  ...node('Cast', ['p'], 'y', ints('to', 1)),
  ...text(2, 'g'),
  ...tensor('w', 3, [64, 48], Int8Array.from({ length: 64 * 48 }, (_, i) => (i * 37) % 255 - 127)),
  ...tensor('s', 10, [2, 48], new Uint16Array(96).fill(0x2400)), // 1/64
  ...real(11, 'x', [3, 64]), ...real(12, 'y', [3, 48])]), ...part(8, [...text(1, ''), ...int(2, 21)])]);

(async () => {
  const run = async (graphOptimizationLevel, accuracy) => {
    const extra = accuracy ? { session: { qdq_matmulnbits_accuracy_level: accuracy } } : {};
    const session = await ort.InferenceSession.create(model, { graphOptimizationLevel, extra, logSeverityLevel: 4 });
    return (await session.run({ x: new ort.Tensor('float32', Float32Array.from({ length: 192 }, (_, i) => Math.sin(i)), [3, 64]) })).y.data;
  };
  const right = await run('disabled');
  for (const [level, accuracy] of [['extended'], ['extended', '1'], ['all']]) {
    const found = await run(level, accuracy);
    const zeros = found.every((value) => value === 0);
    const near = found.every((value, i) => Math.abs(value - right[i]) < 0.5);
    console.log(`${level}${accuracy ? `, accuracy level ${accuracy}` : ''}: ${zeros ? 'zeros' : near ? 'right' : 'wrong'}`);
  }
})();
JS
seen=$(node steps.cjs)
echo "$seen"
expected='extended: zeros
extended, accuracy level 1: right
all: right'
[ "$seen" = "$expected" ] || { echo "changed"; exit 1; }
