#!/usr/bin/env bash
# ONNX Runtime 1.30.0 on x64: the quantized Softmax over an axis of one element gives 0 where 1 is the only right answer.
# A Softmax between a DequantizeLinear and a QuantizeLinear with the usual step of 1/256 and zero point 0 is fused into
# QLinearSoftmax. Over one element, as after a class axis was cut down to one, every output is 0; not fused, the same file gives
# 255/256, the largest number that the step allows. Over two elements both agree within a step.
# Needs Node.js 20 and npm, and an x64 processor. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > softmax.cjs <<'JS'
const ort = require('onnxruntime-node');
// protobuf by hand
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const int = (field, value) => [...whole(field * 8), ...whole(value)];
const part = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => part(field, [...Buffer.from(value)]);
const node = (type, inputs, output, ...attributes) => part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type), ...attributes.flat()]);
const tensor = (name, type, dims, raw) => part(5, [...dims.flatMap((d) => int(1, d)), ...int(2, type), ...text(8, name), ...part(9, [...new Uint8Array(raw.buffer)])]);
const real = (field, name, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);

const model = (size) => new Uint8Array([...int(1, 8), ...part(7, [
  ...node('QuantizeLinear', ['x', 'xs', 'xz'], 'xq'), ...node('DequantizeLinear', ['xq', 'xs', 'xz'], 'xd'),
  ...node('Softmax', ['xd'], 'p', part(5, [...text(1, 'axis'), ...int(3, 1), ...int(20, 2)])),
  ...node('QuantizeLinear', ['p', 'ps', 'pz'], 'pq'), ...node('DequantizeLinear', ['pq', 'ps', 'pz'], 'y'),
  ...text(2, 'g'),
  ...tensor('xs', 1, [], Float32Array.of(0.05)), ...tensor('xz', 2, [], Uint8Array.of(128)),
  ...tensor('ps', 1, [], Float32Array.of(1 / 256)), ...tensor('pz', 2, [], Uint8Array.of(0)),
  ...real(11, 'x', [4, size]), ...real(12, 'y', [4, size])]), ...part(8, [...text(1, ''), ...int(2, 17)])]);

(async () => {
  for (const size of [1, 2]) {
    const x = new ort.Tensor('float32', Float32Array.from({ length: 4 * size }, (_, i) => (i - 2) * 0.7), [4, size]);
    const outputs = [];
    for (const graphOptimizationLevel of ['all', 'disabled']) {
      const session = await ort.InferenceSession.create(model(size), { graphOptimizationLevel, logSeverityLevel: 4 });
      outputs.push([...(await session.run({ x })).y.data]);
    }
    const largest = Math.max(...outputs[0].map((value, i) => Math.abs(value - outputs[1][i]))) * 256;
    console.log(`over ${size}: ${size === 1 ? `fused ${outputs[0].join(' ')}, not fused ${outputs[1].join(' ')}` : `at most ${largest} step apart`}`);
  }
})();
JS
seen=$(node softmax.cjs)
echo "$seen"
expected='over 1: fused 0 0 0 0, not fused 0.99609375 0.99609375 0.99609375 0.99609375'
grep -qxF "$expected" <<< "$seen" || { echo "changed"; exit 1; }
grep -qE '^over 2: at most [01] step apart$' <<< "$seen" || { echo "changed"; exit 1; }
