#!/usr/bin/env bash
# ONNX Runtime 1.30.0 for JavaScript: with onnxruntime-node loaded in the same process, onnxruntime-web runs on the native
# library, not in WebAssembly, whichever was loaded first. Both register with the one onnxruntime-common, where the native
# backend comes first. So a test that compares "web" with "native" in one process compares native with itself: of a model whose
# bytes differ between the two, none does. In a process of its own the web package gives WebAssembly's bytes.
# Needs Node.js 20 and npm, and an x64 processor with FMA. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --ignore-scripts --no-fund --no-audit onnxruntime-node@1.30.0 onnxruntime-web@1.30.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > digest.cjs <<'JS'
const loaded = process.argv.slice(2).map((name) => require(name));
for (const engine of loaded) if (engine.env.wasm) engine.env.wasm.numThreads = 1;
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
  const digests = [];
  for (const engine of loaded)
    digests.push(require('node:crypto').createHash('sha256').update(await run(engine, [0.1, 0, 0.1, 0, 0.2, 0])).digest('hex').slice(0, 12));
  console.log(process.argv.slice(2).map((name, i) => `${name} ${digests[i]}`).join(', '));
})();
JS
echo "ONNX Runtime 1.30.0, one QLinearAdd, digests of its 65,536 bytes; a line is a process"
alone=$(node digest.cjs onnxruntime-node)
web=$(node digest.cjs onnxruntime-web)
both=$(node digest.cjs onnxruntime-web onnxruntime-node)
swapped=$(node digest.cjs onnxruntime-node onnxruntime-web)
printf '%s\n' "$alone" "$web" "$both" "$swapped"
native=${alone##* }
[ "${web##* }" != "$native" ] || { echo "changed: WebAssembly gives the native bytes by itself"; exit 1; }
[ "$both" = "onnxruntime-web $native, onnxruntime-node $native" ] || { echo "changed: the web package runs by itself beside the other"; exit 1; }
[ "$swapped" = "onnxruntime-node $native, onnxruntime-web $native" ] || { echo "changed: the web package runs by itself beside the other"; exit 1; }
