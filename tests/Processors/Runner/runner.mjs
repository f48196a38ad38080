// Runs models on onnxruntime-web, which the first argument names by its folder: the same commands, feeds and results as
// runner.c, on one thread of the WebAssembly file with vectors and threads.
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const ort = await import(pathToFileURL(join(folder, "dist", "ort.node.min.mjs")));
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";

// ONNX's number of an element type, its name in onnxruntime-web, and the array that holds its elements
const types = new Map([
    [1, ["float32", Float32Array]], [2, ["uint8", Uint8Array]], [3, ["int8", Int8Array]],
    [4, ["uint16", Uint16Array]], [5, ["int16", Int16Array]], [6, ["int32", Int32Array]],
    [7, ["int64", BigInt64Array]], [9, ["bool", Uint8Array]], [11, ["float64", Float64Array]],
    [12, ["uint32", Uint32Array]], [13, ["uint64", BigUint64Array]],
]);
const numbers = new Map([...types].map(([number, [name]]) => [name, number]));
const levels = { 0: "disabled", 1: "basic", 2: "extended", 99: "all" };

class Feed {
    constructor(path) {
        const bytes = readFileSync(path);
        this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        this.at = 0;
    }
    count() {
        this.at += 4;
        return this.data.getUint32(this.at - 4, true);
    }
    size() {
        this.at += 8;
        return Number(this.data.getBigInt64(this.at - 8, true));
    }
    tensor() {
        const type = this.count();
        if (!types.has(type))
            throw new Error("the feed holds a tensor of a type that is not read");
        const [name, Elements] = types.get(type);
        const sizes = Array.from({ length: this.count() }, () => this.size());
        const bytes = sizes.reduce((product, size) => product * size, Elements.BYTES_PER_ELEMENT);
        const start = this.data.byteOffset + this.at;
        this.at += bytes;
        return new ort.Tensor(name, new Elements(this.data.buffer.slice(start, start + bytes)), sizes);
    }
}

function head(...counts) {
    return Buffer.from(new Uint32Array(counts).buffer);
}

function bytesOf(tensor) {
    const { data, dims, type } = tensor;
    if (!numbers.has(type))
        throw new Error("an output has an element type that is not read");
    return [
        head(numbers.get(type), dims.length),
        Buffer.from(new BigInt64Array(dims.map(BigInt)).buffer),
        Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ];
}

// { "session.name": "1" } as the nested objects that onnxruntime-web flattens again
function nested(settings) {
    const root = {};
    for (const [key, value] of settings) {
        const parts = key.split(".");
        const last = parts.pop();
        parts.reduce((level, part) => (level[part] ??= {}), root)[last] = value;
    }
    return root;
}

async function run({ model, feed, result, settings }) {
    const level = levels[settings.get("level") ?? 99];
    settings.delete("level");
    settings.delete("threads");
    const session = await ort.InferenceSession.create(readFileSync(model), {
        executionProviders: ["wasm"], graphOptimizationLevel: level, logSeverityLevel: 4, extra: nested(settings),
    });
    const file = openSync(result, "w");
    try {
        const given = new Feed(feed);
        const samples = given.count();
        writeFileSync(file, head(samples));
        for (let sample = 0; sample < samples; sample++) {
            if (given.count() !== session.inputNames.length)
                throw new Error("the feed has another number of inputs than the model");
            const inputs = Object.fromEntries(session.inputNames.map(name => [name, given.tensor()]));
            const outputs = await session.run(inputs);
            writeFileSync(file, head(session.outputNames.length));
            for (const name of session.outputNames)
                for (const part of bytesOf(outputs[name]))
                    writeFileSync(file, part);
        }
    } finally {
        closeSync(file);
        await session.release();
    }
}

const job = { settings: new Map() };
for await (const line of createInterface({ input: process.stdin })) {
    const [command, ...rest] = line.split(" ");
    if (command === "set")
        job.settings.set(rest[0], rest[1]);
    else if (command !== "run")
        job[command] = rest.join(" ");
    else {
        try {
            await run(job);
            console.log("done");
        } catch (fault) {
            console.log("failed " + String(fault?.message ?? fault).replace(/\s+/g, " "));
        }
        job.settings = new Map();
    }
}
