#!/usr/bin/env bash
# ONNX Runtime 1.30.0 on x64: a quantized AveragePool whose window is the whole plane gives other bytes than the same averages in
# a window of the same size inside a larger plane, from the very same integers.
# The first is run as QLinearGlobalAveragePool, which adds integers and multiplies once; the second as QLinearAveragePool, which
# averages real numbers and rounds them. Where an average lies near the middle of two steps they differ by one.
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
const model = (width) => new Uint8Array([...int(1, 8), ...part(7, [
  ...node('QuantizeLinear', ['x', 'xs', 'xz'], 'xq'), ...node('DequantizeLinear', ['xq', 'xs', 'xz'], 'xd'),
  ...node('AveragePool', ['xd'], 'p', ints('kernel_shape', [2, 2]), ints('strides', [2, 2])),
  ...node('QuantizeLinear', ['p', 'ps', 'pz'], 'pq'), ...node('DequantizeLinear', ['pq', 'ps', 'pz'], 'y'),
  ...text(2, 'g'),
  ...tensor('xs', 1, [], Float32Array.of(0.05)), ...tensor('xz', 2, [], Uint8Array.of(128)),
  ...tensor('ps', 1, [], Float32Array.of(0.1)), ...tensor('pz', 2, [], Uint8Array.of(133)),
  ...real(11, 'x', [1, 1024, 2, width]), ...real(12, 'y', [1, 1024, 1, width / 2])]), ...part(8, [...text(1, ''), ...int(2, 17)])]);

(async () => {
  // 1,024 planes of 2 by 2, and the same beside each other in planes of 2 by 4
  const value = (plane, i) => (((plane * 73 + i * 41 + (plane * i) % 7) % 256) - 128) * 0.05;
  const whole2 = Float32Array.from({ length: 4096 }, (_, i) => value(i >> 2, i & 3));
  const inside = Float32Array.from({ length: 8192 }, (_, i) => value(i >> 3, ((i >> 2) & 1) * 2 + (i & 1)));
  const run = async (width, values) => {
    const session = await ort.InferenceSession.create(model(width), { logSeverityLevel: 4 });
    return (await session.run({ x: new ort.Tensor('float32', values, [1, 1024, 2, width]) })).y.data;
  };
  const [alone, pairs] = [await run(2, whole2), await run(4, inside)];
  let apart = 0, most = 0;
  for (let i = 0; i < 1024; i++) {
    const steps = Math.round(Math.abs(alone[i] - pairs[2 * i]) / 0.1);
    apart += steps > 0 ? 1 : 0;
    most = Math.max(most, steps);
  }
  console.log(`${apart} of 1024 averages of the same integers differ, by at most ${most} step`);
})();
JS
seen=$(node pool.cjs)
echo "$seen"
grep -qE '^[1-9][0-9]* of 1024 averages of the same integers differ, by at most 1 step$' <<< "$seen" || { echo "changed"; exit 1; }
