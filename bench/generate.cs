// How fast ONNX Runtime GenAI loads folders with decoders, and how many tokens a second they make: medians, the folders in turns.
// dotnet run bench/generate.cs -- FOLDER FOLDER…
#:package Microsoft.ML.OnnxRuntimeGenAI@0.18.0
#:package Microsoft.Extensions.AI.Abstractions@9.10.2

using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntimeGenAI;

const int Turns = 9, Prompt = 64, Made = 64;

var loads = args.ToDictionary(folder => folder, _ => new List<double>());
var rates = args.ToDictionary(folder => folder, _ => new List<double>());
for (var turn = 0; turn < Turns; turn++)
{
    foreach (var folder in args)
    {
        var watch = Stopwatch.StartNew();
        using var model = new Model(folder);
        loads[folder].Add(watch.Elapsed.TotalSeconds);
        using var parameters = new GeneratorParams(model);
        parameters.SetSearchOption("max_length", Prompt + Made);
        parameters.SetSearchOption("min_length", Prompt + Made);
        using var generator = new Generator(model, parameters);
        generator.AppendTokens([.. Enumerable.Range(0, Prompt).Select(at => 3 + (7 * at % 500))]);
        // the first token ends the reading of the prompt
        generator.GenerateNextToken();
        watch.Restart();
        var count = 0;
        for (; !generator.IsDone(); count++)
            generator.GenerateNextToken();
        rates[folder].Add(count / watch.Elapsed.TotalSeconds);
    }
}

foreach (var folder in args)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{Path.GetFileName(folder),-16} load {Median(loads[folder]):F2} s  {Median(rates[folder]):F1} tokens/s"));
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
