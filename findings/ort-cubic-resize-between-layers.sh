#!/usr/bin/env bash
# ONNX Runtime 1.30.0: a Resize of mode cubic that shrinks runs by itself, and between two convolutions of integers at the
# optimization level "extended". At the default level the layout pass turns the convolutions to channels-last, pulls a Transpose
# through the Resize, and then the session refuses the graph that it made itself ("'Cubic' mode only supports ...").
# Needs Node.js 20 and npm. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > cubic.cjs <<'JS'
const ort = require('onnxruntime-node');
// protobuf by hand
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const int = (field, value) => [...whole(field * 8), ...whole(value)];
const part = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => part(field, [...Buffer.from(value)]);
const node = (type, inputs, output, more = []) =>
  part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type), ...more]);
const tensor = (name, type, dims, raw) => part(5, [...dims.flatMap((d) => int(1, d)), ...int(2, type), ...text(8, name), ...part(9, [...new Uint8Array(raw.buffer)])]);
const real = (field, name, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);
const pair = (from, to) => [...node('QuantizeLinear', [from, 's', 'u'], to + 'q'), ...node('DequantizeLinear', [to + 'q', 's', 'u'], to)];
const cubic = part(5, [...text(1, 'mode'), ...text(4, 'cubic'), ...int(20, 3)]);
const layers = [...pair('x', 'a'), ...node('DequantizeLinear', ['w', 's', 'i'], 'v'), ...node('Conv', ['a', 'v'], 'b'), ...pair('b', 'c'),
  ...node('Resize', ['c', '', 'scales'], 'd', cubic), ...pair('d', 'e'), ...node('Conv', ['e', 'v'], 'f'), ...pair('f', 'y')];
const alone = node('Resize', ['x', '', 'scales'], 'y', cubic);
const model = (nodes) => new Uint8Array([...int(1, 8), ...part(7, [...nodes, ...text(2, 'g'),
  ...tensor('s', 1, [], Float32Array.of(0.05)), ...tensor('u', 2, [], Uint8Array.of(128)), ...tensor('i', 3, [], Int8Array.of(0)),
  ...tensor('w', 3, [4, 4, 1, 1], Int8Array.from({ length: 16 }, (_, i) => ((i * 53) % 255) - 127)),
  ...tensor('scales', 1, [4], Float32Array.of(1, 1, 0.5, 0.5)),
  ...real(11, 'x', [1, 4, 8, 8]), ...real(12, 'y', [1, 4, 4, 4])]), ...part(8, [...text(1, ''), ...int(2, 13)])]);

const loads = async (nodes, graphOptimizationLevel) => {
  try {
    await ort.InferenceSession.create(model(nodes), { graphOptimizationLevel, logSeverityLevel: 4 });
    return true;
  } catch (refusal) {
    return !String(refusal).includes('Cubic') && Promise.reject(refusal);
  }
};

(async () => {
  const seen = [await loads(alone, 'all'), await loads(layers, 'extended'), await loads(layers, 'all')];
  console.log(`cubic Resize to the half: alone ${seen[0] ? 'loads' : 'refused'}; between two layers of integers at "extended" `
    + `${seen[1] ? 'loads' : 'refused'}, at the default level ${seen[2] ? 'loads' : 'refused'}`);
  process.exit(seen[0] && seen[1] && !seen[2] ? 0 : 1);
})();
JS
node cubic.cjs
