using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Repair;

/// <summary>Real models: of another tool, and of this one with weights of full 8 bits.</summary>
public class SharedRepairTests
{
    [SharedTheory]
    [InlineData("models/ic_resnet8_ref_int8_qdq.onnx", "models/ic_resnet8.test.npz")]
    [InlineData("golden/ort-avx2/ic_resnet8.onnx", "models/ic_resnet8.test.npz")]
    [InlineData("golden/ort-avx2/mnist.onnx", "models/mnist.test.npz")]
    public void A_real_model_gives_the_same_by_default_and_in_full_once_it_is_repaired(string file, string data)
    {
        var repaired = Repaired.Of(OnnxModel.Load(Shared.File(file)));

        Assert.NotNull(repaired.Report.OutputPath);
        Assert.Empty(repaired.Report.NotUnderstood);
        // signed activations with several readers: x64 leaves their layers in float
        Assert.Equal(file.Contains("ref_int8", StringComparison.Ordinal), repaired.Report.Warnings.Count > 0);
        Assert.True(IntegerModel.Load(repaired.After, Profiles.OnnxRuntime).Certify().Passed);
        using var byDefault = new ComparedModel(repaired.After);
        using var inFull = new ComparedModel(repaired.After, Repaired.FullOptions);
        using var samples = SampleSource.Open(Shared.File(data), repaired.After);
        var names = byDefault.Session.OutputNames;
        var own = new[] { Profiles.OnnxRuntimeX64Avx2, Profiles.OnnxRuntimeArm64 }
            .Select(profile => IntegerModel.Load(repaired.After, profile)).ToList();
        for (var i = 0; i < 12 && samples.MoveNext(); i++)
        {
            var expected = inFull.Run(samples, names);
            Assert.Equal(expected[0].Values, byDefault.Run(samples, names)[0].Values);
            foreach (var model in own)
                Assert.Equal(expected[0].Values, model.Run(samples.Reals()).Outputs[names[0]].Values.ToArray().Select(v => (double)v).ToArray());
        }
    }

    [SharedFact]
    public void Channels_without_a_violation_keep_every_byte()
    {
        var repaired = Repaired.Of(OnnxModel.Load(Shared.File("golden/ort-avx2/ic_resnet8.onnx")));

        var before = repaired.Before.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        var kept = repaired.After.Graph.Initializer.Count(tensor => before.TryGetValue(tensor.Name, out var old) && old.Equals(tensor));
        var changed = repaired.After.Graph.Initializer.Count - kept;
        // weights, steps, biases and their steps of each layer at most, and a step or two of each join
        Assert.InRange(changed, 1, (repaired.Report.Layers.Count * 4) + (repaired.Report.Joins.Count * 3));
        Assert.Equal(before.Count, repaired.After.Graph.Initializer.Count(tensor => before.ContainsKey(tensor.Name)));
    }
}
