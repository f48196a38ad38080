#!/usr/bin/env bash
# ONNX Runtime 1.30.0 on x64: a Gemm between conversions runs on integers, also where a Reshape or a Squeeze stands between the
# DequantizeLinear and the Gemm, for both conversions are moved behind it. A Flatten that does the very same is not one of those:
# the Gemm stays in float, without a word. So do the last layers of most image classifiers as training with fake quantization exports them.
# Needs Node.js 20 and npm, and an x64 processor. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > flatten.cjs <<'JS'
const fs = require('fs');
const ort = require('onnxruntime-node');
// protobuf by hand
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const int = (field, value) => [...whole(field * 8), ...whole(value)];
const part = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => part(field, [...Buffer.from(value)]);
const node = (type, inputs, output) => part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type)]);
const tensor = (name, type, dims, values) => part(5, [...dims.flatMap((d) => int(1, d)), ...int(2, type), ...text(8, name), ...part(9, [...new Uint8Array(values.buffer)])]);
const real = (field, name, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);

const movers = { nothing: null, Reshape: ['d', 'shape'], Squeeze: ['d', 'axes'], Flatten: ['d'] };
const model = (mover, isReal) => new Uint8Array([...int(1, 8), ...part(7, [
  ...node('QuantizeLinear', ['x', 's', 'u'], 'q'), ...node('DequantizeLinear', ['q', 's', 'u'], 'd'),
  ...(movers[mover] ? node(mover, movers[mover], 'm') : []),
  ...node('DequantizeLinear', ['w', 's', 'i'], 'wd'),
  ...(isReal ? [] : node('DequantizeLinear', ['bq', 'ss'], 'b')),
  ...node('Gemm', [movers[mover] ? 'm' : 'd', 'wd', 'b'], 'c'),
  ...node('QuantizeLinear', ['c', 's', 'u'], 'cq'), ...node('DequantizeLinear', ['cq', 's', 'u'], 'y'),
  ...text(2, 'g'),
  ...tensor('s', 1, [], Float32Array.of(0.05)), ...tensor('ss', 1, [], Float32Array.of(Math.fround(0.05) * Math.fround(0.05))),
  ...tensor('u', 2, [], Uint8Array.of(0)), ...tensor('i', 3, [], Int8Array.of(0)),
  ...tensor('w', 3, [4, 4], Int8Array.from({ length: 16 }, (_, i) => ((i * 53) % 127) - 63)),
  ...(isReal ? tensor('b', 1, [4], Float32Array.of(0.1, 0.2, 0.3, 0.4)) : tensor('bq', 6, [4], Int32Array.of(40, 80, 120, 160))),
  ...tensor('shape', 7, [2], BigInt64Array.of(2n, 4n)), ...tensor('axes', 7, [2], BigInt64Array.of(2n, 3n)),
  ...real(11, 'x', movers[mover] ? [2, 4, 1, 1] : [2, 4]), ...real(12, 'y', [2, 4])]), ...part(8, [...text(1, ''), ...int(2, 17)])]);

(async () => {
  for (const isReal of [false, true]) {
    const runs = [];
    for (const mover of Object.keys(movers)) {
      const optimizedModelFilePath = `${mover}.onnx`;
      await ort.InferenceSession.create(model(mover, isReal), { optimizedModelFilePath, graphOptimizationLevel: 'extended', logSeverityLevel: 4 });
      runs.push(`${mover} ${fs.readFileSync(optimizedModelFilePath, 'latin1').includes('QGemm') ? 'on integers' : 'in float'}`);
    }
    console.log(`bias ${isReal ? 'real' : 'int32'}: behind ${runs.join(', ')}`);
  }
})();
JS
seen=$(node flatten.cjs)
echo "$seen"
expected='bias int32: behind nothing on integers, Reshape on integers, Squeeze on integers, Flatten in float
bias real: behind nothing on integers, Reshape on integers, Squeeze on integers, Flatten in float'
[ "$seen" = "$expected" ] || { echo "changed"; exit 1; }
