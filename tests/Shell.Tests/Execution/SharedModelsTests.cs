using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Execution;

/// <summary>A model that another tool quantized.</summary>
public class SharedModelsTests
{
    private const string Foreign = "ic_resnet8_ref_int8_qdq.onnx";

    [SharedFact]
    public void A_model_of_another_tool_gives_ONNX_Runtimes_integers_on_images()
    {
        var model = OnnxModel.Load(Shared.Model(Foreign));
        using var engine = new EngineComparer(model);
        using var samples = SampleSource.Open(Shared.Model("ic_resnet8.test.npz"), model);

        for (var i = 0; i < 8 && samples.MoveNext(); i++)
            engine.Add(samples);

        var result = engine.Result();
        Assert.Equal((80, 0, 0), (result.Equal, result.Differing, result.MaxSteps));
        Assert.Empty(result.Operators);
    }

    [SharedFact]
    public void A_model_of_another_tool_is_proven_layer_by_layer()
    {
        var everywhere = IntegerModel.Load(Shared.Model(Foreign));
        var withVnni = IntegerModel.Load(Shared.Model(Foreign), Profiles.OnnxRuntimeVnni);

        Assert.Equal(10, everywhere.Layers.Count);
        Assert.Empty(everywhere.InFloat);
        Assert.All(withVnni.Layers, layer => Assert.Empty(layer.Certify().Violations));
        var broken = everywhere.Layers.SelectMany(layer => layer.Certify().Violations).ToList();

        // its weights have all 8 bits, so that neighbours overflow where they are added in 16; of its signed activations x64
        // makes those unsigned that one layer reads
        Assert.NotEmpty(broken);
        Assert.All(broken, violation => Assert.True(violation.IsPairOverflow));
    }
}
