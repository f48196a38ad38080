using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Bench;

/// <summary>What weights alone cost of a model that is larger than one document: its peak memory and time, in a process of its own.</summary>
internal static class LargeModelRun
{
    private const int Products = 48;

    /// <summary>Makes a model of 48 products with so many GB of external data, makes int4 weights of it, and prints what that took.</summary>
    public static int Measure(double gigabytes)
    {
        var width = (int)Math.Sqrt(gigabytes * 1e9 / Products / sizeof(float)) / 32 * 32;
        var folder = Directory.CreateTempSubdirectory("quantfn-bench-");
        try
        {
            var model = Write(folder.FullName, width);
            var size = folder.EnumerateFiles().Sum(file => file.Length);
            var start = new ProcessStartInfo(
                "dotnet", [typeof(LargeModelRun).Assembly.Location, "large-of", model, Path.Combine(folder.FullName, "result.onnx")]);
            using var child = Process.Start(start)!;
            child.WaitForExit();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Products} products of {width} x {width}, {size / 1e9:F2} GB before, "
                + $"{folder.EnumerateFiles("result*").Sum(file => file.Length) / 1e9:F2} GB after"));
            return child.ExitCode;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>What the child process does.</summary>
    public static int Child(string model, string result)
    {
        var watch = Stopwatch.StartNew();
        var report = OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = model,
            OutputPath = result,
            Type = WeightType.Int4,
        }).GetAwaiter().GetResult();
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"--weight-only int4: {report.WeightOnlyLayers.Count} layers, peak working set {self.PeakWorkingSet64 / 1e9:F2} GB, "
            + $"{watch.Elapsed.TotalSeconds:F0} s"));
        return 0;
    }

    private static string Write(string folder, int width)
    {
        var random = new Random(1);
        var weights = new float[width * width];
        var graph = new GraphProto { Name = "large", Input = { Value("x", width) }, Output = { Value($"y{Products - 1}", width) } };
        using var data = File.Create(Path.Combine(folder, "large.data"));
        for (var product = 0; product < Products; product++)
        {
            for (var i = 0; i < weights.Length; i++)
                weights[i] = random.NextSingle() - 0.5f;
            var tensor = new TensorProto
            {
                Name = $"w{product}",
                Dims = { width, width },
                DataType = (int)TensorProto.Types.DataType.Float,
                DataLocation = TensorProto.Types.DataLocation.External,
            };
            var bytes = MemoryMarshal.AsBytes(weights.AsSpan());
            foreach (var (key, value) in new[] { ("location", "large.data"), ("offset", Text(data.Position)), ("length", Text(bytes.Length)) })
                tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            data.Write(bytes);
            graph.Initializer.Add(tensor);
            graph.Node.Add(new NodeProto
            {
                OpType = "MatMul",
                Name = $"product{product}",
                Input = { product == 0 ? "x" : $"y{product - 1}", tensor.Name },
                Output = { $"y{product}" },
            });
        }

        var model = new ModelProto { IrVersion = 10, Graph = graph, OpsetImport = { new OperatorSetIdProto { Version = 21 } } };
        var path = Path.Combine(folder, "large.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        return path;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static ValueInfoProto Value(string name, int width) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)TensorProto.Types.DataType.Float,
                Shape = new TensorShapeProto
                {
                    Dim =
                    {
                        new TensorShapeProto.Types.Dimension { DimParam = "batch" },
                        new TensorShapeProto.Types.Dimension { DimValue = width },
                    },
                },
            },
        },
    };
}
