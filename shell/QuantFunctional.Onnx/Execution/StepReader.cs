using QuantFunctional.Documents;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Reads an operator between conversions as a step on integers, with the kernels that the target runs it with.</summary>
/// <param name="index">The graph.</param>
/// <param name="twins">The integers of each real tensor that has some.</param>
/// <param name="reasons">Why tensors were not read.</param>
/// <param name="target">Whose arithmetic runs.</param>
/// <param name="runtime">What ONNX Runtime makes of the nodes; null where that is not known or not the target.</param>
/// <param name="opset">The version of the standard's operators.</param>
internal sealed class StepReader(
    GraphIndex index, TensorTwins twins, FloatReasons reasons, ReadingTarget target, RuntimeGraph? runtime, long opset)
{
    private readonly IOperatorKernels _kernels = IOperatorKernels.Of(target.BetweenLayers);
    private readonly List<ModelLayer> _layers = [];
    private readonly List<ModelJoin> _joins = [];
    private readonly List<CheckedActivationProduct> _products = [];
    private readonly List<string> _signedAlone = [];

    /// <summary>The layers among the steps.</summary>
    internal IReadOnlyList<ModelLayer> Layers => _layers;

    /// <summary>The Adds and Muls among them.</summary>
    internal IReadOnlyList<ModelJoin> Joins => _joins;

    /// <summary>The products of two activations among them.</summary>
    internal IReadOnlyList<CheckedActivationProduct> ActivationProducts => _products;

    /// <summary>The nodes that ONNX Runtime runs on integers only where it is told to leave signed tensors signed.</summary>
    internal IReadOnlyList<string> SignedAlone => _signedAlone;

    /// <summary>What reads a layer's constants.</summary>
    internal required LayerReader LayerReader { get; init; }

    /// <summary>What reads a join.</summary>
    internal required JoinReader JoinReader { get; init; }

    /// <summary>What reads a product of two activations.</summary>
    internal required ProductReader ProductReader { get; init; }

    /// <summary>The step that makes the integers of a QuantizeLinear; null, with the reason, where there is none.</summary>
    /// <param name="node">The QuantizeLinear.</param>
    /// <param name="source">The real tensor, before activations.</param>
    /// <param name="storage">How the integers are stored.</param>
    /// <param name="clamped">The same, with the range that the activations leave.</param>
    /// <param name="reason">Why there is none.</param>
    internal IntegerStep? Read(NodeProto node, string source, Storage storage, Storage clamped, out string reason)
    {
        reason = "";
        var output = node.Output[0];
        if (twins.Whole(source) is { } twin)
        {
            return new Operators(_kernels, index, opset).Requantize(twin.Form.Whole!, clamped) is { } moved
                ? new IntegerStep(node.DisplayName(), node.OpType, [twin.Tensor], output, moved)
                : Refuse(NoKernel, out reason);
        }

        if (index.Producer(source) is not { } producer)
            return Refuse("it is computed of constants alone", out reason);
        var isProduct = producer.Is("MatMul") && twins.Of(producer.Input[1]) is { } second && index.Initializer(second.Tensor) is null;
        return producer.OpType is "Conv" or "Gemm" or "MatMul" && !isProduct
            ? ReadLayer(producer, storage, clamped, output, out reason)
            : ReadOperator(producer, clamped, output, out reason);
    }

    private const string NearTie =
        "the last of several operators on one number, which lies so near to a tie for some that processors may round it differently";

    private const string Computed = "what it needs beside its data, such as a shape, is computed at each run, which is not followed here";

    private bool IsComputed(NodeProto node) => OperatorRules.Of(node.OpType)?.Kernel == IntegerKernel.Moves
        && node.Input.Skip(1).Any(input => input.Length > 0 && index.Initializer(input) is null);

    private string NoKernel => $"no integer kernel of {_kernels.Engine} for it is known";

    private IntegerStep? ReadLayer(NodeProto node, Storage storage, Storage clamped, string output, out string reason)
    {
        if (twins.Whole(node.Input[0]) is not { } input)
            return Refuse(reasons.OfInput(node.Input[0]), out reason);
        if (twins.Of(node.Input[1]) is not { } weight)
            return Refuse(reasons.OfInput(node.Input[1]), out reason);
        if (index.Initializer(weight.Tensor) is null)
            return Refuse("its weights are not constant", out reason);
        if (node.InputOrEmpty(2) is { Length: > 0 } real && index.Producer(real) is not null && twins.Of(real) is null)
            return Refuse(reasons.OfInput(real), out reason);
        var form = FormOf(node, output);
        if (LayerReader.Read(
            node, input.Form.Whole!, weight, twins.Of(node.InputOrEmpty(2)), output, storage, clamped, form, out reason) is not { } layer)
        {
            return null;
        }

        if (runtime is not null && layer.Integers.Path == ActivationPath.Int8 && layer.Integers.Profile.Multiplier.IsSingle24)
        {
            if (form is null)
                return Refuse(RuntimeReasons.Of(node, index, target.KeepsSigned), out reason);
            if (form.Agrees([input.Form.Whole!], storage) is null)
                return Refuse(RuntimeReasons.OtherNumbers, out reason);
        }

        _layers.Add(layer);
        return new IntegerStep(
            layer.Name,
            layer.Operator,
            [input.Tensor],
            output,
            LayerRun.Of(layer.Integers, input.Form.Whole!, storage));
    }

    private IntegerStep? ReadOperator(NodeProto node, Storage clamped, string output, out string reason)
    {
        if (ElementChain.To(node, index, _ => true, tensor => twins.Whole(tensor) is not null) is { } chain
            && twins.Whole(chain.Input) is { } read && _kernels is OnnxRuntimeKernels)
        {
            reason = "";
            return Operators.Read(chain, index, read.Form.Whole!, clamped) is { } table
                ? new IntegerStep(node.DisplayName(), node.OpType, [read.Tensor], output, table) { Inner = [.. chain.Nodes.SkipLast(1)] }
                : Refuse(NearTie, out reason);
        }

        var data = node.OpType switch { "Add" or "Mul" or "Concat" or "MatMul" or "Sub" or "Div" or "Max" or "Min" => 0.., "Where" => 1.., _ => ..1 };
        var inputs = node.Input.Take(data).ToList();
        var found = inputs.Select(twins.Whole).ToList();
        if (found.IndexOf(null) is var real and >= 0)
            return Refuse(reasons.OfInput(inputs[real]), out reason);
        var storages = found.Select(twin => twin!.Form.Whole!).ToList();
        if (Run(node, storages, clamped, output, out reason) is not { } run)
            return null;
        if (JoinReader.Read(node, found!, clamped, output, twins.Constants) is { } join)
            _joins.Add(join);
        if (node.Is("MatMul"))
            _products.Add(ProductReader.Read(node, storages[0], storages[1]));
        return new IntegerStep(node.DisplayName(), node.OpType, [.. found.Select(twin => twin!.Tensor)], output, run);
    }

    /// <summary>The operator as ONNX Runtime runs it where that is the target: on integers, on those made unsigned, or in float.</summary>
    private Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Run(
        NodeProto node, IReadOnlyList<Storage> inputs, Storage output, string tensor, out string reason)
    {
        reason = "";
        var kernels = _kernels;
        var isAsked = runtime is not null && inputs.Append(output).All(Has8Bits);
        var form = isAsked ? FormOf(node, tensor) : null;
        if (node.Is("MatMul") && form?.Inputs.DistinctBy(input => input.Type).Count() > 1)
            return RefuseRun("its operands are uint8 and int8, whose products some processors add in pairs", out reason);
        var shift = 0;
        if (isAsked && form is null)
        {
            // where each element is one operation of float32, the real operator gives the same on every processor
            if (HasOwnRounding(node))
                return RefuseRun(RuntimeReasons.Of(node, index, target.KeepsSigned), out reason);
            kernels = new OnnxRuntimeKernels(OperatorArithmetic.Unfused);
        }
        else if (isAsked)
        {
            if (form!.Agrees(inputs, output) is not { } moved)
                return RefuseRun(RuntimeReasons.OtherNumbers, out reason);
            shift = moved;
        }

        var run = new Operators(kernels, index, opset).Read(
            node, [.. inputs.Select(input => Shifted(input, shift))], Shifted(output, shift));
        if (run is null)
            return RefuseRun(IsComputed(node) ? Computed : NoKernel, out reason);
        return shift == 0 ? run : x => Shifted(run([.. x.Select(tensor => Shifted(tensor, shift))]), -shift);
    }

    private RuntimeForm? FormOf(NodeProto node, string output)
    {
        var isSignedAlone = false;
        var form = runtime?.Of(node, output, out isSignedAlone);
        if (!isSignedAlone)
            return form;
        // what is exact in float too needs no such session
        if (!HasOwnRounding(node))
            return null;
        _signedAlone.Add(node.DisplayName());
        return form;
    }

    private static bool HasOwnRounding(NodeProto node) => node.OpType is "Conv" or "Gemm" or "MatMul" or "Softmax";

    // one that an activation cut has fewer values
    private static bool Has8Bits(Storage storage) => storage.Highest - storage.Lowest <= byte.MaxValue;

    private static Storage Shifted(Storage storage, int by) =>
        by == 0 ? storage : new Storage(storage.Step, storage.ZeroPoint + by, storage.Lowest + by, storage.Highest + by);

    private static IntegerTensor Shifted(IntegerTensor x, int by) => new(x.Sizes, [.. x.Values.Select(value => value + by)]);

    private static IntegerStep? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }

    private static Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? RefuseRun(string why, out string reason)
    {
        reason = why;
        return null;
    }
}
