using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Reading;

/// <summary>Quantized files of other tools are answered as is so: computed as ONNX Runtime computes them, or refused by the reason.</summary>
public class QdqCasesTests
{
    private static string Case(string name) => Shared.File(Path.Combine("cases", "qdq", name));

    private static async Task ExpectEqual(string model, int elements, string data = "x64.npy")
    {
        var done = await Quantfn.RunAsync("compare", Case(model), Case(model), "--data", Case(data), "--engine", "quantfn");
        Assert.Contains($"all {elements} output elements are those of ONNX Runtime", done.Out, StringComparison.Ordinal);
        Assert.Equal(0, done.ExitCode);
    }

    private static async Task ExpectRefusal(string command, string model, params string[] words)
    {
        string[] data = command == "execute" ? ["--input", Case("x64.npy"), "-o", "never-written.npy"] : [];
        var refused = await Quantfn.RunAsync([command, Case(model), .. data]);
        Assert.NotEqual(0, refused.ExitCode);
        foreach (var word in words)
            Assert.Contains(word, refused.Error, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task An_int8_pair_without_a_zero_point_at_its_DequantizeLinear_is_int8()
    {
        var layer = Assert.Single(IntegerModel.Load(Case("int8-dq-without-zero-point.onnx")).Layers);
        var product = layer.Certify().Bounds.Single(bound => bound.Intermediate.IsProduct);

        Assert.True(product.Smallest <= -29_056, $"{product.Smallest}");
        await ExpectEqual("int8-dq-without-zero-point.onnx", 256);
    }

    [SharedFact]
    public Task An_int8_MaxPool_without_a_zero_point_keeps_its_signs() => ExpectEqual("int8-maxpool-dq-without-zero-point.onnx", 128);

    [SharedFact]
    public Task An_int8_Sigmoid_without_a_zero_point_runs() => ExpectEqual("int8-sigmoid-dq-without-zero-point.onnx", 512);

    [SharedFact]
    public Task A_type_by_output_dtype_alone_has_no_integer_kernel() =>
        ExpectRefusal("execute", "int8-by-output-dtype.onnx", "output_dtype", "runs it in float", "give it a zero point");

    [SharedFact]
    public Task A_bias_in_twice_the_steps_leaves_the_Conv_in_float() =>
        ExpectRefusal("execute", "bias-step-x2.onnx", "other steps", "ONNX Runtime runs it in float");

    [SharedFact]
    public Task A_bias_with_one_step_for_channels_of_several_leaves_the_Conv_in_float() =>
        ExpectRefusal("execute", "bias-one-step-for-channels.onnx", "channel 1", "other steps", "ONNX Runtime runs it in float");

    [SharedFact]
    public Task Int4_weights_are_refused_by_name() => ExpectRefusal("verify", "int4-weight-no-zero-point.onnx", "int4 weights");

    [SharedFact]
    public async Task Float8_weights_are_refused_by_name_and_the_fault_of_ONNX_Runtime_is_told()
    {
        await ExpectRefusal("verify", "float8-weight-no-zero-point.onnx", "no integer kernel reads float8e4m3fn");
        await ExpectRefusal("inspect", "float8-weight-no-zero-point.onnx", "a fault of its own", "ORT_ENABLE_BASIC");
    }

    [SharedFact]
    public Task Float_weights_that_the_file_quantizes_are_folded() => ExpectEqual("fake-quantized-float-weights.onnx", 768);

    [SharedFact]
    public Task Two_pairs_of_unequal_steps_are_the_one_that_ONNX_Runtime_makes() => ExpectEqual("two-pairs-other-step.onnx", 768);

    [SharedFact]
    public async Task A_float8_tensor_within_a_float_model_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        var done = await Quantfn.RunAsync(
            "quantize", Case("float-model-casts-to-float8.onnx"), "--calibration", Case("x64.npy"), "-o", folder.File("q.onnx"));

        Assert.Equal(0, done.ExitCode);
        Assert.Contains("Conv0", done.Out, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Uint4_activations_are_refused_by_name_and_the_fault_of_ONNX_Runtime_is_told()
    {
        await ExpectRefusal("verify", "uint4-activations.onnx", "no integer kernel makes uint4", "a fault of its own");
        await ExpectRefusal("inspect", "uint4-activations.onnx", "a fault of its own", "ORT_ENABLE_BASIC");
    }

    [SharedFact]
    public Task Float16_steps_run_in_float() => ExpectRefusal("verify", "float16-conv.onnx", "float16", "ONNX Runtime runs it in float");

    [SharedFact]
    public Task Blocks_of_a_Conv_fail_at_the_first_run() =>
        ExpectRefusal("execute", "blocked-conv-weights.onnx", "blocks", "fails at its first run");

    [SharedFact]
    public Task A_dead_channel_runs_on_integers() => ExpectEqual("dead-channel-step-0.onnx", 768);

    [SharedFact]
    public Task Weights_far_from_their_zero_point_are_a_limit_that_is_told() =>
        ExpectRefusal("execute", "uint8-weights-zero-point-30.onnx", "225 steps from its zero point");

    [SharedFact]
    public Task An_average_over_the_whole_plane_is_rounded_as_the_global_one() =>
        ExpectEqual("average-pool-over-the-whole-plane.onnx", 128);

    [SharedFact]
    public async Task A_Softmax_over_one_element_is_0_as_in_ONNX_Runtime_and_that_is_told()
    {
        await ExpectEqual("softmax-of-one.onnx", 480, "z-1x4x2.npy");
        await ExpectRefusal("verify", "softmax-of-one.onnx", "gives 0", "put a constant 1 in its place");
    }

    [SharedFact]
    public void A_Where_of_a_constant_condition_runs_on_integers()
    {
        var model = QuantFunctional.Onnx.Model.OnnxModel.Load(Case("where.onnx"));
        Assert.Empty(model.ExpectAgreement(Run.RandomInputs(model, low: -4, high: 4)).InFloat);
    }

    [SharedFact]
    public Task Integers_as_an_output_are_a_limit_that_is_told() =>
        ExpectRefusal("execute", "uint8-output.onnx", "is integers itself", "a limit of this tool");

    [SharedFact]
    public Task What_moves_the_integers_themselves_runs() => ExpectEqual("transpose-between-q-and-dq.onnx", 768);

    [SharedFact]
    public async Task A_Swish_is_left_in_float_and_at_26_not_loaded()
    {
        using var folder = new TemporaryFolder();
        var done = await Quantfn.RunAsync(
            "quantize", Case("swish-24.onnx"), "--calibration", Case("x64.npy"), "-o", folder.File("q.onnx"));
        Assert.Equal(0, done.ExitCode);

        var refused = await Quantfn.RunAsync(
            "quantize", Case("swish-26.onnx"), "--calibration", Case("x64.npy"), "-o", folder.File("r.onnx"));
        refused.IsBadInput("Could not find an implementation for Swish");
    }

    [SharedFact]
    public async Task A_local_function_is_inlined()
    {
        var shown = await Quantfn.RunAsync("inspect", Case("local-function.onnx"));
        Assert.DoesNotContain("inside the model's function", shown.Out, StringComparison.Ordinal);
        Assert.Contains("Would stay in float: nothing", shown.Out, StringComparison.Ordinal);
    }
}
