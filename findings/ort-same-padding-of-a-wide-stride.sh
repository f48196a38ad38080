#!/usr/bin/env bash
# ONNX Runtime 1.30.0 on x64: whether a pool of auto_pad SAME_UPPER with a stride above its kernel runs hangs on how many channels
# there are, and on the optimization level. Behind a convolution of 16 channels it runs in blocks of channels; with 3 channels, or
# without optimizations, the same node fails at its first run, since the padding that the format's formula gives is negative.
# An AveragePool of opset 22 (another kernel, from 19 on) runs in all three; a MaxPool of opset 22 does not.
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
const node = (type, inputs, output, ...attributes) => part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type), ...attributes.flat()]);
const tensor = (name, type, dims, raw) => part(5, [...dims.flatMap((d) => int(1, d)), ...int(2, type), ...text(8, name), ...part(9, [...new Uint8Array(raw.buffer)])]);
const real = (field, name, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);

const ints = (name, values) => part(5, [...text(1, name), ...values.flatMap((v) => int(8, v)), ...int(20, 7)]);
const word = (name, value) => part(5, [...text(1, name), ...text(4, value), ...int(20, 3)]);
const model = (pool, opset, channels) => new Uint8Array([...int(1, 8), ...part(7, [
  ...node('Conv', ['x', 'w'], 'c'),
  ...node(pool, ['c'], 'y', ints('kernel_shape', [1, 1]), ints('strides', [2, 2]), word('auto_pad', 'SAME_UPPER')),
  ...text(2, 'g'),
  ...tensor('w', 1, [channels, channels, 1, 1], new Float32Array(channels * channels).fill(1)),
  ...real(11, 'x', [1, channels, 6, 6]), ...real(12, 'y', [1, channels, 3, 3])]), ...part(8, [...text(1, ''), ...int(2, opset)])]);

(async () => {
  for (const [pool, opset] of [['MaxPool', 17], ['MaxPool', 22], ['AveragePool', 17], ['AveragePool', 22]]) {
    for (const [channels, level] of [[16, 'all'], [16, 'disabled'], [3, 'all']]) {
      const session = await ort.InferenceSession.create(model(pool, opset, channels), { graphOptimizationLevel: level, logSeverityLevel: 4 });
      const x = new ort.Tensor('float32', new Float32Array(channels * 36).fill(1), [1, channels, 6, 6]);
      const seen = await session.run({ x }).then(({ y }) => y.dims.join('x'), (error) => /padding values must be non-negative/.exec(error.message)?.[0] ?? error.message);
      console.log(`${pool} of opset ${opset}, ${channels} channels, optimizations ${level}: ${seen}`);
    }
  }
})();
JS
seen=$(node pool.cjs)
echo "$seen"
expected='MaxPool of opset 17, 16 channels, optimizations all: 1x16x3x3
MaxPool of opset 17, 16 channels, optimizations disabled: padding values must be non-negative
MaxPool of opset 17, 3 channels, optimizations all: padding values must be non-negative
MaxPool of opset 22, 16 channels, optimizations all: 1x16x3x3
MaxPool of opset 22, 16 channels, optimizations disabled: padding values must be non-negative
MaxPool of opset 22, 3 channels, optimizations all: padding values must be non-negative
AveragePool of opset 17, 16 channels, optimizations all: 1x16x3x3
AveragePool of opset 17, 16 channels, optimizations disabled: padding values must be non-negative
AveragePool of opset 17, 3 channels, optimizations all: padding values must be non-negative
AveragePool of opset 22, 16 channels, optimizations all: 1x16x3x3
AveragePool of opset 22, 16 channels, optimizations disabled: 1x16x3x3
AveragePool of opset 22, 3 channels, optimizations all: 1x3x3x3'
[ "$seen" = "$expected" ] || { echo "changed"; exit 1; }
