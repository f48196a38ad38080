using Google.Protobuf;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Model;

public sealed class OnnxModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_saved_model_is_read_back_with_the_same_bytes()
    {
        var bytes = Small().ToBytes();

        var model = OnnxModel.Load(_folder.Write("m.onnx", bytes));

        Assert.Equal(bytes, model.ToBytes());
        Assert.Equal(13, model.Opset);
        Assert.Equal(["x"], model.Inputs.Select(i => i.Name));
    }

    [Fact]
    public void Fields_that_are_not_known_survive()
    {
        // Field 25 of the model holds its local functions, which are not described here.
        byte[] unknown = [0xCA, 0x01, 0x02, 0x0A, 0x00];
        byte[] bytes = [.. Small().ToBytes(), .. unknown];

        var saved = OnnxModel.Load(_folder.Write("m.onnx", bytes)).Clone().ToBytes();

        Assert.Equal(unknown, saved[^unknown.Length..]);
    }

    [Fact]
    public void A_change_of_a_clone_does_not_reach_the_model()
    {
        var model = Small();
        var before = model.ToBytes();

        model.Clone().Graph.Node[0].OpType = "Neg";

        Assert.Equal(before, model.ToBytes());
    }

    [Fact]
    public void Missing_files_and_folders_are_refused()
    {
        Assert.Contains("does not exist", Refusal(_folder.File("none.onnx")));
        Assert.Contains("does not exist", Refusal(_folder.File("none/none.onnx")));
        Assert.Contains("is a folder", Refusal(Path.GetDirectoryName(_folder.File("x"))!));
    }

    [Fact]
    public void Files_that_are_no_models_are_refused()
    {
        Assert.Contains("not an ONNX model", Refusal(_folder.Write("empty.onnx", [])));
        Assert.Contains("not an ONNX", Refusal(_folder.Write("text.onnx", "import numpy as np\n"u8.ToArray())));
        Assert.Contains("not an ONNX", Refusal(_folder.Write("zip.onnx", "PK\u0003\u0004"u8.ToArray())));
        var bare = new QuantFunctional.Onnx.Format.ModelProto { IrVersion = 8, Graph = new() { Name = "bare" } };
        Assert.Contains("not an ONNX model", Refusal(_folder.Write("bare.onnx", bare.ToByteArray())));
    }

    [Fact]
    public void A_model_that_was_cut_off_anywhere_is_refused()
    {
        var bytes = Small().ToBytes();
        for (var length = 0; length < bytes.Length; length++)
        {
            var path = _folder.Write("cut.onnx", bytes[..length]);
            try
            {
                // Between two fields a cut cannot be seen, but then what is left is a whole model.
                Assert.NotEmpty(OnnxModel.Load(path).Graph.Node);
            }
            catch (QuantFunctional.QuantException e)
            {
                Assert.Contains("cut.onnx: not an ONNX", e.Message);
            }
        }
    }

    [Fact]
    public void A_tensor_that_does_not_hold_what_it_declares_is_refused_by_name()
    {
        var model = Small();
        model.Graph.Initializer[0].Dims[0] = 1L << 40;
        Assert.Contains("tensor 'k' has the impossible shape", Refusal(_folder.Write("a.onnx", model.ToBytes())));

        model.Graph.Initializer[0].Dims[0] = 3;
        Assert.Contains(
            "tensor 'k' declares 12 bytes but holds 8", Refusal(_folder.Write("b.onnx", model.ToBytes())));
    }

    private static string Refusal(string path)
    {
        var message = Check.Refusal(() => OnnxModel.Load(path));
        Assert.StartsWith(path + ": ", message);
        return message;
    }

    private static OnnxModel Small() => new ModelBuilder().Input("x", 2).Floats("k", [2], 1, 2)
        .Node("Add", ["x", "k"], "y").Output("y", 2).Build();
}
