using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Execution;

/// <summary>The integers that stand for real tensors, gathered while a graph is read, and those of them that are constants.</summary>
internal sealed class TensorTwins(GraphIndex index)
{
    private readonly Dictionary<string, Twin> _twins = [];
    private readonly Dictionary<string, IntegerTensor> _constants = [];

    /// <summary>All of them, by the real tensor.</summary>
    internal IReadOnlyDictionary<string, Twin> All => _twins;

    /// <summary>The integers that steps read and no step makes.</summary>
    internal IReadOnlyDictionary<string, IntegerTensor> Constants => _constants;

    /// <summary>Notes the integers of a real tensor.</summary>
    internal void Add(string real, Twin twin) => _twins[real] = twin;

    /// <summary>The integers of a real tensor.</summary>
    internal Twin? Of(string real) => _twins.GetValueOrDefault(real);

    /// <summary>The integers of a real tensor with one storage; a constant is made ready to be read.</summary>
    internal Twin? Whole(string real)
    {
        if (Of(real) is not { Form.Whole: not null } twin)
            return null;
        if (index.Initializer(twin.Tensor) is { } constant && !_constants.ContainsKey(twin.Tensor))
        {
            _constants[twin.Tensor] = StridedView.Tensor(
                constant.Dims.Select(size => (int)size), Array.ConvertAll(TensorData.Integers(constant), v => (int)v));
        }

        return twin;
    }
}
