#!/usr/bin/env bash
# ONNX Runtime 1.30.0 on x64: two session options that each make int8 models exact cannot be set together.
# session.x64quantprecision=1 (int8 weights become uint8, so that pairs of products do not saturate) and
# session.qdqisint8allowed=1 (int8 activations stay int8) each open and run an ordinary QDQ convolution with int8 activations.
# With both the session is refused while it is opened: the weights are made unsigned under an activation that stays signed, and
# no kernel takes the two. Where inputs may stay signed, leave x64quantprecision out: int8 by int8 is exact without it.
# Needs Node.js 20 and npm, and an x64 processor. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > both.cjs <<'JS'
const ort = require('onnxruntime-node');
// protobuf by hand
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const int = (field, value) => [...whole(field * 8), ...whole(value)];
const part = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => part(field, [...Buffer.from(value)]);
const node = (type, inputs, output) => part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type)]);
const tensor = (name, type, dims, raw) => part(5, [...dims.flatMap((d) => int(1, d)), ...int(2, type), ...text(8, name), ...part(9, [...new Uint8Array(raw.buffer)])]);
const real = (field, name, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);

const channels = 4;
const weights = Int8Array.from({ length: channels * channels }, (_, i) => ((i * 53) % 255) - 127);
const graph = [
  ...node('QuantizeLinear', ['x', 'xs', 'xz'], 'xq'), ...node('DequantizeLinear', ['xq', 'xs', 'xz'], 'xd'),
  ...node('DequantizeLinear', ['w', 'ws', 'xz'], 'wd'), ...node('Conv', ['xd', 'wd'], 'c'),
  ...node('QuantizeLinear', ['c', 'ys', 'xz'], 'yq'), ...node('DequantizeLinear', ['yq', 'ys', 'xz'], 'y'),
  ...text(2, 'g'),
  ...tensor('xs', 1, [], Float32Array.of(0.05)), ...tensor('ws', 1, [], Float32Array.of(0.01)), ...tensor('ys', 1, [], Float32Array.of(0.1)),
  ...tensor('xz', 3, [], Int8Array.of(0)), ...tensor('w', 3, [channels, channels, 1, 1], weights),
  ...real(11, 'x', [1, channels, 2, 2]), ...real(12, 'y', [1, channels, 2, 2])];
const model = new Uint8Array([...int(1, 8), ...part(7, graph), ...part(8, [...text(1, ''), ...int(2, 17)])]);
const x = new ort.Tensor('float32', Float32Array.from({ length: channels * 4 }, (_, i) => (i - 7) * 0.7), [1, channels, 2, 2]);

(async () => {
  for (const session of [{}, { x64quantprecision: '1' }, { qdqisint8allowed: '1' }, { x64quantprecision: '1', qdqisint8allowed: '1' }]) {
    const name = Object.keys(session).join(' and ') || 'neither';
    try {
      const opened = await ort.InferenceSession.create(model, { extra: { session }, logSeverityLevel: 4 });
      await opened.run({ x });
      console.log(`${name}: runs`);
    } catch (error) {
      console.log(`${name}: refused, ${/QLinearConv/.test(error.message) ? 'no kernel for QLinearConv' : error.message}`);
    }
  }
})();
JS
seen=$(node both.cjs)
echo "$seen"
expected='neither: runs
x64quantprecision: runs
qdqisint8allowed: runs
x64quantprecision and qdqisint8allowed: refused, no kernel for QLinearConv'
[ "$seen" = "$expected" ] || { echo "changed"; exit 1; }
