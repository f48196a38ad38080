using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using QuantFunctional.Onnx.Format;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Bench;

/// <summary>The sizes of a decoder.</summary>
internal sealed record DecoderShape(int Hidden, int Layers, int Heads, int KeyValueHeads, int Inner, int Tokens)
{
    /// <summary>156 million weights: 623 MB.</summary>
    public static DecoderShape Small { get; } = new(Hidden: 1024, Layers: 8, Heads: 16, KeyValueHeads: 4, Inner: 2816, Tokens: 32000);

    /// <summary>808 million weights: 3.2 GB.</summary>
    public static DecoderShape Large { get; } = new(Hidden: 2048, Layers: 15, Heads: 32, KeyValueHeads: 8, Inner: 5632, Tokens: 32000);

    /// <summary>The numbers of one head.</summary>
    public int HeadSize => Hidden / Heads;
}

/// <summary>
/// Writes a folder of ONNX Runtime GenAI with a decoder in the form that its builder writes, whose weights are random numbers: it
/// says nothing, and costs what a trained one costs.
/// </summary>
internal sealed class DecoderModel
{
    private const int Context = 512;
    private const string Contrib = "com.microsoft";

    private readonly DecoderShape _shape;
    private readonly FileStream? _data;
    private readonly Random _random = new(1);
    private readonly GraphProto _graph = new() { Name = "decoder" };

    private DecoderModel(DecoderShape shape, FileStream? data) => (_shape, _data) = (shape, data);

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">Where; it is made.</param>
    /// <param name="shape">How large.</param>
    /// <param name="isTied">Whether the head is the table of the embedding.</param>
    /// <param name="isOneFile">Whether the weights are in the model, and not in a file beside it.</param>
    public static void Write(string folder, DecoderShape shape, bool isTied, bool isOneFile)
    {
        Directory.CreateDirectory(folder);
        using var data = isOneFile ? null : File.Create(Path.Combine(folder, "model.onnx.data"));
        var model = new DecoderModel(shape, data).Build(isTied);
        using (var file = File.Create(Path.Combine(folder, "model.onnx")))
            model.WriteTo(file);
        File.WriteAllText(Path.Combine(folder, "genai_config.json"), Configuration(shape));
    }

    private ModelProto Build(bool isTied)
    {
        _graph.Input.Add(Value("input_ids", DataType.Int64, "batch_size", "sequence_length"));
        _graph.Input.Add(Value("attention_mask", DataType.Int64, "batch_size", "total_sequence_length"));
        _graph.Output.Add(Value("logits", DataType.Float, "batch_size", "sequence_length", _shape.Tokens));
        Lengths();
        Turns();
        Weights("table", [_shape.Tokens, _shape.Hidden]);
        Node("Gather", "embedding", ["table", "input_ids"], ["embedded"]);
        Node("SimplifiedLayerNormalization", "norm.0", ["embedded", Ones()], ["normal.0"], Epsilon());
        var residual = "embedded";
        for (var layer = 0; layer < _shape.Layers; layer++)
            residual = Layer(layer, residual);
        if (isTied)
            Node("Transpose", "turned", ["table"], ["head_weight"], Ints("perm", 1, 0));
        else
            Weights("head_weight", [_shape.Hidden, _shape.Tokens]);
        Node("MatMul", "head", [$"normal.{2 * _shape.Layers}", "head_weight"], ["logits"]);
        return new ModelProto
        {
            IrVersion = 10,
            Graph = _graph,
            OpsetImport = { new OperatorSetIdProto { Version = 21 }, new OperatorSetIdProto { Domain = Contrib, Version = 1 } },
        };
    }

    /// <summary>One layer, whose results are the next residual and the numbered norm of it.</summary>
    private string Layer(int layer, string residual)
    {
        var (input, width) = ($"normal.{2 * layer}", _shape.KeyValueHeads * _shape.HeadSize);
        var (query, key, value) = (Product("q_proj", input, _shape.Hidden, _shape.Hidden),
            Product("k_proj", input, _shape.Hidden, width), Product("v_proj", input, _shape.Hidden, width));
        foreach (var what in (string[])["key", "value"])
        {
            _graph.Input.Add(Value($"past_key_values.{layer}.{what}", DataType.Float, "batch_size", _shape.KeyValueHeads, "past_sequence_length", _shape.HeadSize));
            _graph.Output.Add(Value($"present.{layer}.{what}", DataType.Float, "batch_size", _shape.KeyValueHeads, "total_sequence_length", _shape.HeadSize));
        }

        Node("GroupQueryAttention", $"attention.{layer}",
            [query, key, value, $"past_key_values.{layer}.key", $"past_key_values.{layer}.value", "last", "total", "cosines", "sines"],
            [$"attended.{layer}", $"present.{layer}.key", $"present.{layer}.value"],
            Int("num_heads", _shape.Heads), Int("kv_num_heads", _shape.KeyValueHeads), Int("do_rotary", 1)).Domain = Contrib;
        var between = Skip(2 * layer + 1, residual, Product("o_proj", $"attended.{layer}", _shape.Hidden, _shape.Hidden));
        var (gate, up) = (Product("gate_proj", $"normal.{2 * layer + 1}", _shape.Hidden, _shape.Inner),
            Product("up_proj", $"normal.{2 * layer + 1}", _shape.Hidden, _shape.Inner));
        Node("Sigmoid", $"sigmoid.{layer}", [gate], [$"sigmoid_of.{layer}"]);
        Node("Mul", $"silu.{layer}", [gate, $"sigmoid_of.{layer}"], [$"silu_of.{layer}"]);
        Node("Mul", $"gated.{layer}", [$"silu_of.{layer}", up], [$"inner.{layer}"]);
        return Skip(2 * layer + 2, between, Product("down_proj", $"inner.{layer}", _shape.Inner, _shape.Hidden));

        string Product(string name, string from, int inputs, int outputs)
        {
            var called = $"layers.{layer}.{name}";
            Weights(called + ".weight", [inputs, outputs]);
            Node("MatMul", called, [from, called + ".weight"], [called + ".out"]);
            return called + ".out";
        }
    }

    /// <summary>Adds to the residual, and norms the sum.</summary>
    private string Skip(int number, string residual, string added)
    {
        Node("SkipSimplifiedLayerNormalization", $"norm.{number}", [residual, added, Ones()],
            [$"normal.{number}", "", "", $"residual.{number}"], Epsilon()).Domain = Contrib;
        return $"residual.{number}";
    }

    /// <summary>What the attention asks of the mask: the place of each row's last token, and how many there are.</summary>
    private void Lengths()
    {
        One("one", 1);
        One("second");
        Node("ReduceSum", "counted", ["attention_mask", "one"], ["count"], Int("keepdims", 0));
        Node("Sub", "last_of", ["count", "one"], ["last_long"]);
        Node("Cast", "last_cast", ["last_long"], ["last"], Int("to", (int)DataType.Int32));
        Node("Shape", "shaped", ["attention_mask"], ["shape"]);
        Node("Gather", "total_of", ["shape", "second"], ["total_long"]);
        Node("Cast", "total_cast", ["total_long"], ["total"], Int("to", (int)DataType.Int32));
    }

    private void Turns()
    {
        var half = _shape.HeadSize / 2;
        Tensor("cosines", [Context, half], At(Math.Cos));
        Tensor("sines", [Context, half], At(Math.Sin));

        float[] At(Func<double, double> of) =>
        [
            .. Enumerable.Range(0, Context * half).Select(at => (float)of(at / half * Math.Pow(10000, -(at % half) / (double)half))),
        ];
    }

    private string Ones()
    {
        if (_graph.Initializer.All(tensor => tensor.Name != "ones"))
            Tensor("ones", [_shape.Hidden], [.. Enumerable.Repeat(1f, _shape.Hidden)]);
        return "ones";
    }

    private void Weights(string name, long[] dims)
    {
        var values = new float[dims[0] * dims[1]];
        // near to normal, as trained weights are: the sum of three
        var scale = 2 / Math.Sqrt(_shape.Hidden);
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)((_random.NextDouble() + _random.NextDouble() + _random.NextDouble() - 1.5) * scale);
        Tensor(name, dims, values);
    }

    private void Tensor(string name, long[] dims, float[] values)
    {
        var tensor = new TensorProto { Name = name, Dims = { dims }, DataType = (int)DataType.Float };
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        if (_data is null || bytes.Length < 1024)
        {
            tensor.RawData = ByteString.CopyFrom(bytes);
        }
        else
        {
            tensor.DataLocation = DataLocation.External;
            foreach (var (key, value) in new[] { ("location", "model.onnx.data"), ("offset", Text(_data.Position)), ("length", Text(bytes.Length)) })
                tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            _data.Write(bytes);
        }

        _graph.Initializer.Add(tensor);
    }

    private void One(string name, params long[] dims) => _graph.Initializer.Add(new TensorProto
    {
        Name = name,
        Dims = { dims },
        DataType = (int)DataType.Int64,
        Int64Data = { 1 },
    });

    private NodeProto Node(string type, string name, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = name, Input = { inputs }, Output = { outputs }, Attribute = { attributes } };
        _graph.Node.Add(node);
        return node;
    }

    private static AttributeProto Int(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    private static AttributeProto Ints(string name, params long[] values) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } };

    private static AttributeProto Epsilon() =>
        new() { Name = "epsilon", Type = AttributeProto.Types.AttributeType.Float, F = 1e-5f };

    private static ValueInfoProto Value(string name, DataType type, params object[] dims) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)type,
                Shape = new TensorShapeProto
                {
                    Dim =
                    {
                        dims.Select(dim => dim is int size
                            ? new TensorShapeProto.Types.Dimension { DimValue = size }
                            : new TensorShapeProto.Types.Dimension { DimParam = (string)dim }),
                    },
                },
            },
        },
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Configuration(DecoderShape shape) => FormattableString.Invariant($$"""
        {
          "model": {
            "type": "llama", "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
            "context_length": {{Context}}, "vocab_size": {{shape.Tokens}},
            "decoder": {
              "session_options": { "log_id": "onnxruntime-genai", "provider_options": [] },
              "filename": "model.onnx",
              "head_size": {{shape.HeadSize}}, "hidden_size": {{shape.Hidden}}, "num_hidden_layers": {{shape.Layers}},
              "num_attention_heads": {{shape.Heads}}, "num_key_value_heads": {{shape.KeyValueHeads}},
              "inputs": {
                "input_ids": "input_ids", "attention_mask": "attention_mask",
                "past_key_names": "past_key_values.%d.key", "past_value_names": "past_key_values.%d.value"
              },
              "outputs": { "logits": "logits", "present_key_names": "present.%d.key", "present_value_names": "present.%d.value" }
            }
          },
          "search": { "do_sample": false, "max_length": {{Context}}, "past_present_share_buffer": true }
        }
        """);
}
