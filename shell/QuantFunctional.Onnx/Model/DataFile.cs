using System.Globalization;
using Google.Protobuf;
using QuantFunctional.Onnx.Format;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Model;

/// <summary>The file beside a model that takes its large tensors, one after the other.</summary>
/// <param name="name">What the model will call it.</param>
/// <param name="stream">The file, empty and open for reading, too; it stays open.</param>
internal sealed class DataFile(string name, FileStream stream)
{
    // smaller tensors stay in the model, so that shapes and steps can be seen there
    private const int SmallestMoved = 1024;

    // so that ONNX Runtime can map a large tensor where it lies
    private const int AlignmentOfLarge = 1 << 16;
    private const int AlignmentOfSmall = 64;

    private readonly Dictionary<ByteString, long> _places = new(ReferenceEqualityComparer.Instance);

    /// <summary>How long it is so far.</summary>
    internal long Length => stream.Length;

    /// <summary>Moves a tensor's bytes into the file, from which they are read from now on.</summary>
    internal void Keep(TensorProto tensor)
    {
        if (tensor.RawData.Length < SmallestMoved)
            return;
        var place = Append(tensor.RawData);
        if (tensor.RawData.Length >= FileBytes.Smallest)
            tensor.RawData = FileBytes.Of(stream.SafeFileHandle, stream.Name, place, tensor.RawData.Length);
        _places[tensor.RawData] = place;
    }

    /// <summary>A model's document in which each large initializer is a reference to this file, which takes those that it has not.</summary>
    internal ModelProto Refer(ModelProto model)
    {
        var document = model.Clone();
        foreach (var tensor in document.Graph.Initializer)
        {
            TensorData.MakeRaw(tensor);
            if (tensor.RawData.Length < SmallestMoved || tensor.DataType == (int)DataType.String)
                continue;
            if (!_places.TryGetValue(tensor.RawData, out var place))
                _places[tensor.RawData] = place = Append(tensor.RawData);
            tensor.ExternalData.Add(Entry("location", name));
            tensor.ExternalData.Add(Entry("offset", place.ToString(CultureInfo.InvariantCulture)));
            tensor.ExternalData.Add(Entry("length", tensor.RawData.Length.ToString(CultureInfo.InvariantCulture)));
            tensor.DataLocation = DataLocation.External;
            tensor.ClearRawData();
        }

        stream.Flush();
        return document;
    }

    private long Append(ByteString bytes)
    {
        var alignment = bytes.Length >= FileBytes.Smallest ? AlignmentOfLarge : AlignmentOfSmall;
        var place = (stream.Length + alignment - 1) / alignment * alignment;
        stream.SetLength(place);
        stream.Position = place;
        stream.Write(bytes.Span);
        stream.Flush();
        return place;
    }

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
}
