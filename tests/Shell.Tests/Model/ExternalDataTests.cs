using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Model;

public sealed class ExternalDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Data_beside_the_model_becomes_part_of_it()
    {
        _folder.Write("weights.bin", [0, 0, 0, 0, .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)]);

        var model = OnnxModel.Load(Model("weights.bin", ("offset", "4"), ("length", "8")));

        var tensor = Assert.Single(model.Graph.Initializer);
        Assert.Equal([1.5f, -2f], TensorData.Floats(tensor));
        Assert.Empty(tensor.ExternalData);
        Assert.False(tensor.HasDataLocation);
    }

    [Fact]
    public void Offset_and_length_may_be_left_out_and_folders_below_used()
    {
        Directory.CreateDirectory(_folder.File("data"));
        _folder.Write("data/weights.bin", new byte[8]);

        var model = OnnxModel.Load(Model("data/weights.bin"));

        Assert.Equal([0f, 0f], TensorData.Floats(model.Graph.Initializer[0]));
    }

    [Fact]
    public void Missing_data_is_refused()
    {
        var message = Refusal(Model("none.bin"));

        Assert.Contains("none.bin", message);
        Assert.Contains("does not exist", message);
    }

    [Theory]
    [InlineData("/etc/hostname")]
    [InlineData("../outside.bin")]
    [InlineData("a\0b.bin")]
    [InlineData("data/../../outside.bin")]
    [InlineData("..\\outside.bin")]
    [InlineData("\\outside.bin")]
    [InlineData("C:\\outside.bin")]
    public void Data_outside_of_the_folder_is_refused(string location)
    {
        Assert.Contains("outside the model's folder", Refusal(Model(location)));
    }

    [Fact]
    public void A_small_file_that_is_used_over_and_over_is_refused_before_it_is_read()
    {
        _folder.Write("weights.bin", new byte[1 << 20]);
        var model = OnnxModel.Load(Model("weights.bin"));
        var tensor = model.Graph.Initializer[0];
        tensor.ClearRawData();
        tensor.Dims[0] = 1 << 18;
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "weights.bin" });
        model.Graph.Initializer.AddRange(Enumerable.Range(0, 100).Select(_ => tensor.Clone()));

        var path = _folder.Write("model.onnx", model.ToBytes());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Check.Refusal(() => OnnxModel.Load(path));

        Assert.Contains("more than 16 times", message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
    }

    [Fact]
    public void A_link_that_leads_out_of_the_folder_is_refused()
    {
        using var elsewhere = new TemporaryFolder();
        File.CreateSymbolicLink(_folder.File("link.bin"), elsewhere.Write("weights.bin", new byte[8]));
        Directory.CreateSymbolicLink(_folder.File("folder"), Path.GetDirectoryName(elsewhere.File("x"))!);

        Assert.Contains("outside the model's folder", Refusal(Model("link.bin")));
        Assert.Contains("outside the model's folder", Refusal(Model("folder/weights.bin")));
    }

    [Fact]
    public void A_model_that_is_itself_a_link_finds_the_data_where_it_lies()
    {
        using var cache = new TemporaryFolder();
        _folder.Write("weights.bin", new byte[8]);
        File.CreateSymbolicLink(cache.File("linked.onnx"), Model("weights.bin"));
        File.CreateSymbolicLink(cache.File("weights.bin"), _folder.File("weights.bin"));

        Assert.NotEmpty(OnnxModel.Load(cache.File("linked.onnx")).Graph.Initializer[0].RawData);
    }

    [Theory]
    [InlineData("offset", "4", "needs 8 bytes from 4 on of weights.bin, but that has 8")]
    [InlineData("offset", "9223372036854775807", "needs 8 bytes from 9223372036854775807 on")]
    [InlineData("offset", "-4", "offset is '-4'")]
    [InlineData("offset", "four", "offset is 'four'")]
    [InlineData("length", "4", "needs 8 bytes, but its external data declares 4")]
    [InlineData("length", "99999999999", "declares 99999999999")]
    public void Numbers_that_do_not_fit_the_file_are_refused(string key, string value, string expected)
    {
        _folder.Write("weights.bin", new byte[8]);

        Assert.Contains(expected, Refusal(Model("weights.bin", (key, value))));
    }

    [Fact]
    public void Data_without_a_location_is_refused()
    {
        Assert.Contains("without a location", Refusal(Model("")));
    }

    private static string Refusal(string path)
    {
        var message = Check.Refusal(() => OnnxModel.Load(path));
        Assert.Contains("model.onnx", message);
        Assert.Contains("tensor 'k'", message);
        return message;
    }

    private string Model(string location, params (string Key, string Value)[] more)
    {
        var tensor = new TensorProto
        {
            Name = "k",
            Dims = { 2 },
            DataType = (int)TensorProto.Types.DataType.Float,
            DataLocation = TensorProto.Types.DataLocation.External,
        };
        foreach (var (key, value) in more.Prepend(("location", location)))
            tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        var model = new ModelBuilder().Input("x", 2).Initializer(tensor)
            .Node("Add", ["x", "k"], "y").Output("y", 2).Build();
        return _folder.Write("model.onnx", model.ToBytes());
    }
}
