#!/usr/bin/env bash
# ONNX Runtime 1.30.0, one model of a single QLinearAdd, native x64 (npm onnxruntime-node) and WebAssembly (npm
# onnxruntime-web), each in a process of its own: the same file gives other bytes. x64 multiplies by the ratios of the steps
# and adds the zero points first, WebAssembly adds real numbers and divides; where sums fall on ties (steps that are powers of
# two apart) they part, by one step.
# Needs Node.js 20 and npm, and an x64 processor with FMA. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 onnxruntime-web@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > add.cjs <<'JS'
const engine = require(process.argv[2]);
if (engine.env.wasm) engine.env.wasm.numThreads = 1;
// protobuf by hand: a field's number and wire type, then its value
const whole = (n) => { const out = []; while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } return [...out, n]; };
const number = (field, value) => [...whole(field * 8), ...whole(value)];
const bytes = (field, value) => [...whole(field * 8 + 2), ...whole(value.length), ...value];
const text = (field, value) => bytes(field, [...Buffer.from(value)]);
const constant = (name, type, raw) => bytes(5, [...number(2, type), ...text(8, name), ...bytes(9, [...raw])]);
const step = (name, value) => constant(name, 1, new Uint8Array(new Float32Array([value]).buffer));
const zero = (name, value) => constant(name, 2, [value]);
const flat = (field, name) => bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...number(1, 2), ...bytes(2, bytes(1, number(1, 65536)))]))]);

function sum([aStep, aZero, bStep, bZero, cStep, cZero]) {
  const inputs = ['a', 'as', 'az', 'b', 'bs', 'bz', 'cs', 'cz'];
  const node = [...inputs.flatMap((name) => text(1, name)), ...text(2, 'c'), ...text(4, 'QLinearAdd'), ...text(7, 'com.microsoft')];
  const graph = [
    ...bytes(1, node), ...text(2, 'g'),
    ...step('as', aStep), ...zero('az', aZero), ...step('bs', bStep), ...zero('bz', bZero), ...step('cs', cStep), ...zero('cz', cZero),
    ...flat(11, 'a'), ...flat(11, 'b'), ...flat(12, 'c')];
  const opset = (domain, version) => bytes(8, [...text(1, domain), ...number(2, version)]);
  return new Uint8Array([...number(1, 8), ...bytes(7, graph), ...opset('', 17), ...opset('com.microsoft', 1)]);
}

const a = Uint8Array.from({ length: 65536 }, (_, i) => i >> 8);
const b = Uint8Array.from({ length: 65536 }, (_, i) => i & 255);
async function run(engine, model) {
  const session = await engine.InferenceSession.create(sum(model));
  const tensor = (values) => new engine.Tensor('uint8', values, [65536]);
  return (await session.run({ a: tensor(a), b: tensor(b) })).c.data;
}

(async () => {
  for (const model of [[0.1, 0, 0.1, 0, 0.2, 0], [0.05, 87, 0.05, 160, 0.1, 73], [0.02, 10, 0.04, 200, 0.08, 50]])
    console.log(`${model.join(' ')} ${Buffer.from(await run(engine, model)).toString('hex')}`);
})();
JS
node add.cjs onnxruntime-node > native.txt
node add.cjs onnxruntime-web > web.txt
cat > compare.cjs <<'JS'
const rows = (file) => require('node:fs').readFileSync(file, 'utf8').trim().split('\n').map((row) => row.split(' '));
const web = rows('web.txt');
for (const [i, native] of rows('native.txt').entries()) {
  const [one, other] = [native[6], web[i][6]].map((hex) => Buffer.from(hex, 'hex'));
  const distances = [...one].map((value, at) => Math.abs(value - other[at]));
  const [aStep, aZero, bStep, bZero, cStep, cZero] = native;
  console.log(`${aStep} (${aZero}) + ${bStep} (${bZero}) -> ${cStep} (${cZero}): ${distances.filter((d) => d > 0).length} of 65536 pairs differ, by at most ${distances.reduce((most, d) => Math.max(most, d), 0)}`);
}
JS
echo "ONNX Runtime 1.30.0, native x64 against WebAssembly: step (zero point)"
seen=$(node compare.cjs)
echo "$seen"
expected='0.1 (0) + 0.1 (0) -> 0.2 (0): 4072 of 65536 pairs differ, by at most 1
0.05 (87) + 0.05 (160) -> 0.1 (73): 930 of 65536 pairs differ, by at most 1
0.02 (10) + 0.04 (200) -> 0.08 (50): 1054 of 65536 pairs differ, by at most 1'
[ "$seen" = "$expected" ] || { echo "changed: other counts than these"; echo "$expected"; exit 1; }
