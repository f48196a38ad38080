using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Writing;

/// <summary>
/// Writes a scheme as a graph with QuantizeLinear/DequantizeLinear pairs: one pair on every tensor that is read or written
/// in integers, in the form that ONNX Runtime fuses into integer kernels.
/// </summary>
internal sealed class GraphRewriter
{
    private readonly Scheme _scheme;
    private readonly TensorEncodings _encodings;
    private readonly ActivationStorage _storage;
    private readonly GraphWriter _writer;
    private readonly LayerWriter _layers;
    private readonly Dictionary<NodeProto, PlannedLayer> _plans;
    private readonly HashSet<string> _encoded;
    private readonly Dictionary<string, EncodingNames> _parameters = [];
    private readonly Dictionary<string, string> _dequantized = [];
    private readonly Dictionary<string, string> _stored = [];
    private readonly Dictionary<string, string> _written = [];

    private GraphRewriter(
        Scheme scheme, TensorEncodings encodings, IReadOnlyList<PlannedLayer> plans, ActivationStorage storage, TargetEngine engine)
    {
        _scheme = scheme;
        _encodings = encodings;
        _storage = storage;
        _writer = new GraphWriter(scheme.Model.Graph, storage.Domain);
        _layers = new LayerWriter(_writer, engine);
        _plans = new(
            plans.Select(plan => KeyValuePair.Create(plan.Node.Node, plan)), ReferenceEqualityComparer.Instance);
        _encoded = [.. encodings.Tensors];
    }

    /// <summary>The quantized model; the scheme's own model stays as it is.</summary>
    internal static OnnxModel Rewrite(
        Scheme scheme,
        TensorEncodings encodings,
        IReadOnlyList<PlannedLayer> plans,
        ActivationStorage storage,
        TargetEngine engine = TargetEngine.OnnxRuntime)
    {
        var rewriter = new GraphRewriter(scheme, encodings, plans, storage, engine);
        rewriter.Write();
        var model = rewriter._writer.Complete(scheme.Model);
        storage.Import(model.Proto);
        return model;
    }

    private void Write()
    {
        foreach (var input in _scheme.Model.Inputs.Where(input => _encoded.Contains(input.Name)))
            Pair(input.Name);
        foreach (var node in _scheme.Index.TopologicalOrder.Where(node => !_scheme.IsAbsorbed(node)))
        {
            if (_scheme.IntegerForm(node) is { } form)
                WriteInteger(form);
            else
                WriteFloat(node);
        }
    }

    private void WriteInteger(IntegerNode form)
    {
        if (form.Chain is { } chain)
        {
            ChainWriter.Write(_writer, chain, Dequantized(chain.Input), Written(form.Outputs[0]));
            Pair(form.Outputs[0]);
            return;
        }
        if (_storage.HasKernels && OperatorRules.Of(form.Node.OpType) is { OnStored: true } && _stored.ContainsKey(form.Inputs[0]))
        {
            WriteOnStored(form);
            return;
        }

        var node = form.Node.Clone();
        for (var i = 0; i < node.Input.Count; i++)
        {
            var input = node.Input[i];
            node.Input[i] = form.Inputs.Contains(input) ? ReadApart(Dequantized(input), node.Input.Take(i)) : Real(input);
        }

        for (var i = 0; i < form.Outputs.Count; i++)
            node.Output[i] = Written(form.Outputs[i]);
        if (_storage.HasKernels && form.Node.OpType is "Relu" or "Clip")
            AsLeakyRelu(node);
        // the fused kernel knows no such attribute, and the model would not load
        if (node.OpType == "AveragePool")
            node.Remove("dilations");
        // with a second output, which nobody reads, it would not be fused
        if (node.OpType == "MaxPool" && node.Output.Count > 1)
            node.Output.RemoveAt(1);
        if (_plans.TryGetValue(form.Node, out var planned))
            _layers.Write(node, planned, Parameters(form.Inputs[0]), Parameters(form.Outputs[0]));
        else
            _writer.Nodes.Add(node);
        foreach (var output in form.Outputs)
            Pair(output);
    }

    /// <summary>A node that moves the stored integers themselves, between QuantizeLinear and DequantizeLinear.</summary>
    private void WriteOnStored(IntegerNode form)
    {
        var (node, output) = (form.Node.Clone(), form.Outputs[0]);
        for (var i = 1; i < node.Input.Count; i++)
            node.Input[i] = Real(node.Input[i]);
        node.Input[0] = _stored[form.Inputs[0]];
        if (node.OpType == "Pad" && node.GetString("mode", "constant") == "constant")
        {
            while (node.Input.Count < 3)
                node.Input.Add("");
            node.Input[2] = Parameters(output).ZeroPoint;
        }

        node.Output[0] = _stored[output] = _writer.Fresh($"{output}_quantized");
        _writer.Nodes.Add(node);
        _dequantized[output] = _scheme.Index.IsGraphOutput(output) ? output : _writer.Fresh($"{output}_dequantized");
        _writer.Convert("DequantizeLinear", output, node.Output[0], Parameters(output), _dequantized[output]);
    }

    /// <summary>A node that stays in float reads dequantized values where integers are all there is.</summary>
    private void WriteFloat(NodeProto original)
    {
        var node = original.Clone();
        for (var i = 0; i < node.Input.Count; i++)
            node.Input[i] = Real(node.Input[i]);
        GraphWalk.RenameReadsInBodies(node, Real);
        for (var i = 0; i < node.Output.Count; i++)
            node.Output[i] = Written(node.Output[i]);

        var called = original.DisplayName();
        if (KernelRules.MightFuse(node) && original.Input.FirstOrDefault(IsRounded) is { } rounded)
        {
            var read = _writer.Fresh($"{called}_float_input");
            KeepApart(called, Real(rounded), read);
            node.Input[original.Input.IndexOf(rounded)] = read;
        }

        _writer.Nodes.Add(node);
        if (KernelRules.LetsConversionsThrough(node) && _encoded.Contains(original.Output[0]))
        {
            var written = node.Output[0];
            node.Output[0] = _writer.Fresh($"{called}_float_output");
            KeepApart(called, node.Output[0], written);
        }

        foreach (var output in original.Output.Where(_encoded.Contains))
            Pair(output);
    }

    /// <summary>
    /// Between DequantizeLinear and QuantizeLinear ONNX Runtime would run a float node in integers by itself, weights
    /// included: a Max of one input, which it neither removes nor fuses, keeps them apart.
    /// </summary>
    private void KeepApart(string called, string from, string to) =>
        _writer.Node("Max", _writer.Fresh($"{called}_KeepFloat"), [from], to);

    private static void AsLeakyRelu(NodeProto node)
    {
        node.OpType = "LeakyRelu";
        while (node.Input.Count > 1)
            node.Input.RemoveAt(1);
        node.Attribute.Clear();
        node.SetFloat("alpha", 0);
    }

    /// <summary>
    /// The name under which a node writes a tensor: a graph output is the DequantizeLinear's, not the node's.
    /// </summary>
    private string Written(string tensor)
    {
        if (!_scheme.IsWrittenInIntegers(tensor) || !_scheme.Index.IsGraphOutput(tensor))
            return tensor;
        if (!_written.TryGetValue(tensor, out var name))
            _written[tensor] = name = _writer.Fresh($"{tensor}_float");
        return name;
    }

    /// <summary>What a float reader reads: a tensor that was written in integers only exists rounded.</summary>
    private string Real(string tensor) => IsRounded(tensor) ? Dequantized(tensor) : Written(tensor);

    private bool IsRounded(string tensor) => _encoded.Contains(tensor) && _scheme.IsWrittenInIntegers(tensor);

    private string Dequantized(string tensor)
    {
        if (!_dequantized.ContainsKey(tensor))
            ConstantPair(_scheme.Index.Initializer(tensor)!);
        return _dequantized[tensor];
    }

    /// <summary>
    /// ONNX Runtime before 1.15 refuses a node that reads one DequantizeLinear twice, and takes two of the same integers.
    /// </summary>
    private string ReadApart(string dequantized, IEnumerable<string> before)
    {
        if (!before.Contains(dequantized))
            return dequantized;
        var twin = _writer.Nodes.Last(node => node.Output[0] == dequantized).Clone();
        twin.Name = _writer.Fresh($"{twin.Name}_again");
        twin.Output[0] = _writer.Fresh($"{dequantized}_again");
        _writer.Nodes.Add(twin);
        return twin.Output[0];
    }

    private void Pair(string tensor)
    {
        _dequantized[tensor] = _writer.Pair(
            Written(tensor), Parameters(tensor), tensor, Written(tensor) == tensor ? null : tensor, out var stored);
        _stored[tensor] = stored;
    }

    private void ConstantPair(TensorProto constant)
    {
        var encoding = _encodings.Of(constant.Name);
        var integers = Array.ConvertAll(
            TensorData.Floats(constant), value => FSharp.Encoding.quantize(encoding, value));
        var parameters = Parameters(constant.Name);
        var quantized = _writer.Constant(
            _storage.Tensor(_writer.Fresh($"{constant.Name}_quantized"), constant.Dims, integers));
        var dequantized = _writer.Fresh($"{constant.Name}_dequantized");
        var conversion = _writer.Convert("DequantizeLinear", constant.Name, quantized, parameters, dequantized);
        // OpenCV checks the axis, 1 where none is named, also where the rank is 0; to ONNX it means nothing there
        if (constant.Dims.Count == 0)
            conversion.SetInt("axis", 0);
        _dequantized[constant.Name] = dequantized;
    }

    /// <summary>One pair of constants for each group of tensors; rank 0, as ONNX Runtime's kernels ask.</summary>
    private EncodingNames Parameters(string tensor)
    {
        var group = _encodings.GroupOf(tensor);
        if (!_parameters.TryGetValue(group, out var names))
        {
            var encoding = _encodings.Of(group);
            names = _parameters[group] = new(
                _writer.Constant(TensorData.Make(
                    _writer.Fresh($"{group}_step_size"), [], [(float)encoding.StepSize])),
                _writer.Constant(
                    _storage.Tensor(_writer.Fresh($"{group}_zero_point"), [], [encoding.ZeroPoint])));
        }

        return names;
    }
}
