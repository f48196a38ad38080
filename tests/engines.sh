#!/usr/bin/env bash
# Whether engines besides ONNX Runtime load what `quantize` writes, and how far their outputs are from ONNX Runtime's: ML.NET
# (NuGet's Microsoft.ML.OnnxTransformer) and OpenCV 4.13 and 5.0 (npm's builds). Needs .NET, Node and npm, and the folder of
# shared models for ultraface. Takes a few minutes the first time; what it fetches goes into a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

dotnet build shell/QuantFunctional.Cli -v q -c Release > "$place/build.log" || { cat "$place/build.log"; exit 1; }
quantfn() { dotnet "$repository/shell/QuantFunctional.Cli/bin/Release/net10.0/quantfn.dll" "$@" > /dev/null; }
sample=samples/fashion/fashion
quantfn quantize $sample.onnx --calibration $sample.calibration.npz -o "$place/fashion.onnx"
quantfn quantize $sample.onnx --calibration $sample.calibration.npz -o "$place/fashion.opencv.onnx" --for opencv
models=../shared/models
[ -e $models/ultraface.onnx ] \
    && quantfn quantize $models/ultraface.onnx --calibration $models/ultraface.data.npz -o "$place/ultraface.onnx" \
    || echo "skipped: ultraface, for there is no $models"

mkdir "$place/mlnet"
cat > "$place/mlnet/mlnet.csproj" <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Microsoft.ML.OnnxTransformer" Version="5.0.1" />
    <PackageReference Include="Microsoft.ML.OnnxRuntime" Version="1.31.1" />
  </ItemGroup>
</Project>
PROJECT
cat > "$place/mlnet/Program.cs" <<'PROGRAM'
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

var random = new Random(1);
var rows = Enumerable.Range(0, 64).Select(_ => new Row { Input = Enumerable.Range(0, 784).Select(_ => (float)random.Next(256)).ToArray() }).ToList();
var context = new MLContext(1);
var data = context.Data.LoadFromEnumerable(rows);
var made = context.Transforms.ApplyOnnxModel("logits", "input", args[0]).Fit(data).Transform(data);
var theirs = made.GetColumn<float[]>("logits").SelectMany(row => row).ToArray();
using var session = new InferenceSession(args[0]);
using var options = new RunOptions();
var ours = rows.SelectMany(row =>
{
    using var value = OrtValue.CreateTensorValueFromMemory(row.Input, [1, 1, 28, 28]);
    using var outputs = session.Run(options, ["input"], [value], ["logits"]);
    return outputs[0].GetTensorDataAsSpan<float>().ToArray();
}).ToArray();
var differ = theirs.Zip(ours).Count(pair => BitConverter.SingleToInt32Bits(pair.First) != BitConverter.SingleToInt32Bits(pair.Second));
Console.WriteLine($"ML.NET 5.0.1, {Path.GetFileName(args[0])}: {differ} of {ours.Length} elements differ from ONNX Runtime 1.31.1");
return differ == 0 && theirs.Length == ours.Length ? 0 : 1;

internal sealed class Row
{
    [ColumnName("input"), VectorType(1, 28, 28)]
    public float[] Input { get; set; } = [];
}
PROGRAM
dotnet build "$place/mlnet" -v q -c Release > "$place/build.log" || { cat "$place/build.log"; exit 1; }
for model in fashion fashion.opencv; do
    dotnet run --project "$place/mlnet" -c Release --no-build -- "$place/$model.onnx"
done

mkdir "$place/opencv"
cd "$place/opencv"
npm init -y > /dev/null
npm install --ignore-scripts --no-audit --no-fund opencv-4.13@npm:@opencvjs/web@4.13.0-release.1 \
    opencv-5.0@npm:@opencvjs/web@5.0.0-release.2 onnxruntime-node@1.30.0 > /dev/null
cat > run.mjs <<'SCRIPT'
import fs from "node:fs";
import ort from "onnxruntime-node";

const [build, path, height, width, channels] = process.argv.slice(2);
const name = path.split("/").pop();
const { loadOpenCV } = await import(`./node_modules/${build}/lib/index.js`);
const cv = await loadOpenCV();
const say = (text) => console.log(`${build}, ${name}: ${text}`);
try {
    cv.FS.writeFile(`/${name}`, new Uint8Array(fs.readFileSync(path)));
    const net = (cv.readNetFromONNX ?? cv.readNet)(`/${name}`);
    const image = new cv.Mat(+height, +width, +channels === 3 ? cv.CV_8UC3 : cv.CV_8UC1);
    for (let i = 0; i < image.data.length; i++)
        image.data[i] = (i * 37 + (i >> 3)) % 256;
    const blob = cv.blobFromImage(image, 1, new cv.Size(+width, +height), new cv.Scalar(0, 0, 0, 0), false, false);
    const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4 });
    const feed = new ort.Tensor("float32", Float32Array.from(blob.data32F), [1, +channels, +height, +width]);
    const expected = await session.run({ [session.inputNames[0]]: feed });
    net.setInput(blob);
    const made = Float32Array.from(net.forward().data32F);
    const theirs = Object.entries(expected).find(([, tensor]) => tensor.data.length === made.length);
    if (!theirs)
        throw new Error("its output has another size than ONNX Runtime's");
    const distances = [...made].map((value, i) => Math.abs(value - theirs[1].data[i]));
    const range = Math.max(...theirs[1].data) - Math.min(...theirs[1].data);
    // a step of the output is a 255th of its range at least
    const apart = distances.filter((distance) => distance > range / 1000).length;
    say(`loads; output ${theirs[0]}: ${apart} of ${made.length} elements are more than a thousandth of the range away, the largest ${(Math.max(...distances) / range).toFixed(4)} of it`);
} catch (fault) {
    say(`does not run (${fault.message ?? fault})`);
    process.exit(1);
}
process.exit(0);
SCRIPT
failed=0
for build in opencv-4.13 opencv-5.0; do
    for model in "fashion.onnx 28 28 1" "fashion.opencv.onnx 28 28 1" "ultraface.onnx 240 320 3"; do
        [ -e "$place/${model%% *}" ] || continue
        # 5.0 refuses a Gemm whose bias is dequantized, which --for opencv is there for
        # shellcheck disable=SC2086
        node run.mjs $build "$place"/$model 2> /dev/null || [ "$build $model" = "opencv-5.0 fashion.onnx 28 28 1" ] || failed=1
    done
done
exit "$failed"
