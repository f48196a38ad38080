#!/usr/bin/env bash
# ONNX Runtime 1.30.0 on x64: a DequantizeLinear may leave its zero point out, which then is 0. Conv and MatMul between such
# conversions are fused into integer kernels; a Gemm between the very same conversions stays in float, without a word.
# With the zero points written out as constants of 0, all three run on integers.
# Needs Node.js 20 and npm, and an x64 processor. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > gemm.cjs <<'JS'
const ort = require('onnxruntime-node');
// protobuf by hand
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const int = (field, value) => [...whole(field * 8), ...whole(value)];
const part = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => part(field, [...Buffer.from(value)]);
const node = (type, inputs, output) => part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type)]);
const tensor = (name, type, dims, raw) => part(5, [...dims.flatMap((d) => int(1, d)), ...int(2, type), ...text(8, name), ...part(9, [...new Uint8Array(raw.buffer)])]);
const real = (field, name, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);

const fs = require('fs');
const layer = { Conv: [[4, 4, 1, 1], [1, 4, 2, 2]], MatMul: [[4, 4], [2, 4]], Gemm: [[4, 4], [2, 4]] };
const model = (type, written) => {
  const [weight, input] = layer[type];
  const zero = (name) => (written ? [name] : []);
  return new Uint8Array([...int(1, 8), ...part(7, [
    ...node('QuantizeLinear', ['x', 's', ...zero('u')], 'xq'), ...node('DequantizeLinear', ['xq', 's', ...zero('u')], 'xd'),
    ...node('DequantizeLinear', ['w', 's', ...zero('i')], 'wd'), ...node(type, ['xd', 'wd'], 'c'),
    ...node('QuantizeLinear', ['c', 's', ...zero('u')], 'yq'), ...node('DequantizeLinear', ['yq', 's', ...zero('u')], 'y'),
    ...text(2, 'g'),
    ...tensor('s', 1, [], Float32Array.of(0.05)), ...tensor('u', 2, [], Uint8Array.of(0)), ...tensor('i', 3, [], Int8Array.of(0)),
    ...tensor('w', 3, weight, Int8Array.from({ length: 16 }, (_, i) => ((i * 53) % 255) - 127)),
    ...real(11, 'x', input), ...real(12, 'y', input)]), ...part(8, [...text(1, ''), ...int(2, 17)])]);
};

(async () => {
  for (const written of [true, false]) {
    const runs = [];
    for (const type of Object.keys(layer)) {
      const optimizedModelFilePath = `${type}.onnx`;
      await ort.InferenceSession.create(model(type, written), { optimizedModelFilePath, graphOptimizationLevel: 'extended', logSeverityLevel: 4 });
      const graph = fs.readFileSync(optimizedModelFilePath, 'latin1');
      runs.push(`${type} ${/QLinearConv|QLinearMatMul|QGemm/.test(graph) ? 'on integers' : 'in float'}`);
    }
    console.log(`zero points ${written ? 'written' : 'left out'}: ${runs.join(', ')}`);
  }
})();
JS
seen=$(node gemm.cjs)
echo "$seen"
expected='zero points written: Conv on integers, MatMul on integers, Gemm on integers
zero points left out: Conv on integers, MatMul on integers, Gemm in float'
[ "$seen" = "$expected" ] || { echo "changed"; exit 1; }
