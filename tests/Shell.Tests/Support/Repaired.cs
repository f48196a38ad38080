using Microsoft.ML.OnnxRuntime;
using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Xunit;

namespace Shell.Tests.Support;

/// <summary>A quantized model before and after its repair.</summary>
internal sealed record Repaired(OnnxModel Before, OnnxModel After, RepairReport Report)
{
    /// <summary>Repairs a model as a user would, through files in a folder of its own.</summary>
    internal static Repaired Of(ModelBuilder builder, BackendProfile? profile = null) => Of(builder.Build(), profile);

    /// <summary>Repairs a model; one without anything to repair is its own result.</summary>
    internal static Repaired Of(OnnxModel model, BackendProfile? profile = null)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", model.ToBytes());
        var report = ModelRepairer.RepairAsync(new RepairRequest { Model = path, Profile = profile }).GetAwaiter().GetResult();
        Assert.Equal(report.OutputPath is not null, File.Exists(folder.File("model.repaired.onnx")));
        Assert.Equal(model.ToBytes(), File.ReadAllBytes(path));
        return new Repaired(model, report.OutputPath is { } written ? OnnxModel.Load(written) : model, report);
    }

    /// <summary>The integers or steps of a tensor after the repair.</summary>
    internal TensorProto this[string name] => After.Graph.Initializer.Single(tensor => tensor.Name == name);

    /// <summary>Asserts that these initializers alone have other bytes than before, and new ones these names.</summary>
    internal Repaired ExpectChanged(params string[] names)
    {
        var before = Before.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            After.Graph.Initializer
                .Where(tensor => !before.TryGetValue(tensor.Name, out var old) || !old.Equals(tensor))
                .Select(tensor => tensor.Name)
                .Order(StringComparer.Ordinal));
        return this;
    }

    /// <summary>
    /// Asserts that the repaired model passes its certificate, and that ONNX Runtime gives the same by default and where it
    /// is told to add in full; the model before passes neither, where this machine adds pairs.
    /// </summary>
    internal Repaired ExpectTheSameEverywhere(float low = -4, float high = 4)
    {
        var certificate = IntegerModel.Load(After, Profiles.OnnxRuntime).Certify();
        Assert.All(certificate.Layers, layer => Assert.Empty(layer.Violations));
        Assert.Contains(IntegerModel.Load(Before, Profiles.OnnxRuntime).Certify().Layers, layer => !layer.Passed);
        var differs = false;
        for (var seed = 1; seed <= 3; seed++)
        {
            var inputs = Run.RandomInputs(Before, seed, low, high);
            differs |= !Same(Default(Before, inputs), InFull(Before, inputs));
            Assert.True(Same(Default(After, inputs), InFull(After, inputs)));
        }

        if (HostProcessor.Profile.Products.IsPairs16)
            Assert.True(differs);
        return this;
    }

    /// <summary>Asserts that the repaired model passes its certificate, and that the one before does not.</summary>
    internal Repaired ExpectPasses()
    {
        Assert.True(IntegerModel.Load(After, Profiles.OnnxRuntime).Certify().Passed);
        Assert.False(IntegerModel.Load(Before, Profiles.OnnxRuntime).Certify().Passed);
        return this;
    }

    /// <summary>Asserts that our own integers are the same with pairs and in full, and those of ONNX Runtime.</summary>
    internal Repaired ExpectOwnIntegers()
    {
        var inputs = Run.RandomInputs(After, 4, -4, 4);
        var reals = inputs.ToDictionary(i => i.Key, i => new RealArray<float>(i.Value.Values, i.Value.Dims));
        var pairs = IntegerModel.Load(After, Profiles.OnnxRuntimeX64Avx2).Run(reals).Outputs;
        var full = IntegerModel.Load(After, Profiles.OnnxRuntimeVnni).Run(reals).Outputs;
        foreach (var (name, theirs) in Default(After, inputs))
        {
            Assert.Equal(theirs.Values, full[name].Values.ToArray());
            Assert.Equal(theirs.Values, pairs[name].Values.ToArray());
        }

        return this;
    }

    internal static Dictionary<string, FloatTensor> Default(OnnxModel model, IReadOnlyDictionary<string, FloatTensor> inputs) =>
        Run.Model(model.ToBytes(), inputs, Options);

    internal static Dictionary<string, FloatTensor> InFull(OnnxModel model, IReadOnlyDictionary<string, FloatTensor> inputs) =>
        Run.Model(model.ToBytes(), inputs, FullOptions);

    /// <summary>ONNX Runtime's defaults, but that products of constant weights are added in full on every x64.</summary>
    internal static SessionOptions FullOptions()
    {
        var options = Options();
        options.AddSessionConfigEntry("session.x64quantprecision", "1");
        return options;
    }

    private static SessionOptions Options() =>
        new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1 };

    private static bool Same(Dictionary<string, FloatTensor> one, Dictionary<string, FloatTensor> other) =>
        one.All(output => output.Value.Values.SequenceEqual(other[output.Key].Values));
}
