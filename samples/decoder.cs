// Quantizes a decoder's folder to 4 bits, and lets it go on with a text.
// dotnet run samples/decoder.cs -- FOLDER "The file is"
#:project ../shell/QuantFunctional.Onnx/QuantFunctional.Onnx.csproj
#:package Microsoft.ML.OnnxRuntimeGenAI@0.18.0
#:package Microsoft.Extensions.AI.Abstractions@9.10.2

using Microsoft.ML.OnnxRuntimeGenAI;
using QuantFunctional;
using QuantFunctional.Onnx;

var (folder, text) = (args[0], args[1]);
var report = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
{
    Model = folder,
    OutputPath = folder + ".int4",
    Type = WeightType.Int4,
    Overwrite = true,
});
Console.WriteLine($"{report.BytesBefore:N0} -> {report.BytesAfter:N0} bytes");

using var model = new Model(folder + ".int4");
using var tokenizer = new Tokenizer(model);
using var words = tokenizer.CreateStream();
using var parameters = new GeneratorParams(model);
parameters.SetSearchOption("max_length", 100);
using var generator = new Generator(model, parameters);
generator.AppendTokenSequences(tokenizer.Encode(text));
Console.Write(text);
while (!generator.IsDone())
{
    generator.GenerateNextToken();
    Console.Write(words.Decode(generator.GetSequence(0)[^1]));
}

Console.WriteLine();
