#!/usr/bin/env bash
# ONNX Runtime 1.30.0: an If whose branches list one tensor twice among their outputs loads, and runs without a word, but only
# the last of the two outputs is filled. Listed the second time through an Identity, both are right. Found where a tool makes inner tensors of a branch outputs, one of which is one already.
# Needs Node.js 20 and npm. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > twice.cjs <<'JS'
const ort = require('onnxruntime-node');
// protobuf by hand
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const int = (field, value) => [...whole(field * 8), ...whole(value)];
const part = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => part(field, [...Buffer.from(value)]);
const node = (type, inputs, outputs, ...attributes) => part(1, [...inputs.flatMap((name) => text(1, name)), ...outputs.flatMap((name) => text(2, name)), ...text(4, type), ...attributes.flat()]);
const value = (field, name, type, dims) => part(field, [...text(1, name), ...part(2, part(1, [...int(1, type), ...part(2, dims.flatMap((d) => part(1, int(1, d))))]))]);
const branch = (name, operator, isApart) => part(5, [...text(1, name), ...int(20, 5), ...part(6, [
  ...node(operator, ['x'], [`${name}_t`]), ...(isApart ? node('Identity', [`${name}_t`], [`${name}_u`]) : []), ...text(2, name),
  ...value(12, `${name}_t`, 1, [4]), ...value(12, isApart ? `${name}_u` : `${name}_t`, 1, [4])])]);
const model = (isApart) => new Uint8Array([...int(1, 8), ...part(7, [
  ...node('If', ['c'], ['y', 'z'], branch('then_branch', 'Abs', isApart), branch('else_branch', 'Neg', isApart)),
  ...text(2, 'g'), ...value(11, 'x', 1, [4]), ...value(11, 'c', 9, []), ...value(12, 'y', 1, [4]), ...value(12, 'z', 1, [4])]),
  ...part(8, [...text(1, ''), ...int(2, 17)])]);

(async () => {
  const feeds = { x: new ort.Tensor('float32', Float32Array.of(1, -2, 3, -4), [4]), c: new ort.Tensor('bool', [true], []) };
  for (const isApart of [false, true]) {
    const session = await ort.InferenceSession.create(model(isApart), { logSeverityLevel: 4 });
    const { y, z } = await session.run(feeds);
    const right = [y, z].map((output) => [...output.data].join(' ') === '1 2 3 4');
    console.log(`${isApart ? 'through an Identity' : 'one tensor twice'}: first ${right[0] ? 'right' : 'wrong'}, second ${right[1] ? 'right' : 'wrong'}`);
  }
})();
JS
seen=$(node twice.cjs)
echo "$seen"
[ "$seen" = $'one tensor twice: first wrong, second right\nthrough an Identity: first right, second right' ] || { echo "changed"; exit 1; }
