using System.Globalization;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Raises the steps of Adds and Muls until every arithmetic of a profile makes the same integers.</summary>
/// <param name="edits">The file.</param>
/// <param name="profile">The target.</param>
internal sealed class JoinRepairer(ModelEdits edits, BackendProfile profile)
{
    // a clamp behind a join hangs on its step, so that a raise may ask for another one
    private const int MostPasses = 4;

    private readonly Dictionary<string, int> _biases = [];

    /// <summary>How many biases of each layer have followed the step of its input, by the node's first output.</summary>
    internal IReadOnlyDictionary<string, int> Biases => _biases;

    /// <summary>Raises the steps in the file, in the order of the data.</summary>
    /// <exception cref="QuantException">A join disagrees, and its step cannot change.</exception>
    internal IReadOnlyList<RepairedJoin> Repair(CancellationToken cancel)
    {
        var raised = new OrderedDictionary<string, RepairedJoin>();
        if (profile.BetweenLayers.Length < 2)
            return [];
        var isDone = false;
        for (var pass = 0; pass < MostPasses && !isDone; pass++)
        {
            isDone = true;
            var steps = new Dictionary<string, float>();
            foreach (var join in IntegerModel.Load(edits.Model.Clone(), profile).Joins)
            {
                cancel.ThrowIfCancellationRequested();
                if (Repair(join, steps) is not { } repaired)
                    continue;
                isDone = false;
                raised[join.Output] = raised.TryGetValue(join.Output, out var earlier) ? Together(earlier, repaired) : repaired;
            }
        }

        return [.. raised.Values];
    }

    private RepairedJoin? Repair(ModelJoin model, Dictionary<string, float> steps)
    {
        var join = model.Join;
        var (first, second) = (With(join.First, model.Inputs[0]), With(join.Second, model.Inputs[1]));
        var step = join.Output.Step;
        Join At(int raise) => new(
            join.Operator, first, second, Stepped(join.Output, Raised(step, raise)), join.FirstValues, join.SecondValues, join.Runs);
        var smallest = FSharp.JoinSteps.smallest(profile.BetweenLayers, new Func<int, IEnumerable<Join>>(k => [At(k)]));
        if (!smallest.IsOk)
            throw Failed(model, smallest.ErrorValue.Message);
        if (smallest.ResultValue == 0)
            return null;
        var readers = StepReaders.Of(edits.Index, model.Output, step);
        if (readers.Obstacle is { } obstacle)
            throw Failed(model, obstacle);
        var after = Raised(step, smallest.ResultValue);
        Write(readers, step, after);
        foreach (var tensor in readers.Tensors)
            steps[tensor] = after;
        return new RepairedJoin(model.Name, model.Operator, smallest.ResultValue, step, after);

        Storage With(Storage storage, string tensor) =>
            steps.TryGetValue(tensor, out var changed) ? Stepped(storage, changed) : storage;
    }

    private static float Raised(float step, int raise) => (float)(step * (1 + (raise / 32768.0)));

    private static Storage Stepped(Storage storage, float step) =>
        new(step, storage.ZeroPoint, storage.Lowest, storage.Highest);

    private void Write(StepReaders readers, float before, float after)
    {
        var writer = new SiteWriter(edits);
        foreach (var node in readers.Layers)
        {
            if (!HasBias(node) || LayerConstantsInFile.Of(node, edits.Index, out _) is { RealBias: not null })
                continue;
            if (LayerConstantsInFile.Of(node, edits.Index, out _) is not { Bias: { } bias } constants
                || edits.Constant(constants.Weight.Step!.Value.Tensor) is not { } weightStep
                || edits.Constant(bias.Data.Tensor) is not { } data
                || BiasSteps.Of(bias, edits, before, TensorData.Floats(weightStep), (int)TensorData.Count(data)) is not { } old)
            {
                throw Diagnostics.JoinNotRepaired.Fault(
                    $"{edits.Model.Path}: the bias of node {node.DisplayName()} ({node.OpType}) cannot follow the step of its input, "
                    + "since it or the weights are no constants of a form that is known.",
                    file: edits.Model.Path, node: node.DisplayName());
            }

            var (integers, weights) = (TensorData.Integers(data), TensorData.Floats(weightStep));
            writer.WriteBias(
                bias,
                integers.Length,
                [
                    .. integers.Select((value, channel) =>
                    {
                        var weight = weights[weights.Length == 1 ? 0 : channel];
                        return (channel, weight, BiasSteps.Requantized(value, old[channel], after * weight));
                    }),
                ],
                after);
            _biases[node.Output[0]] = integers.Length;
        }

        edits.ReplaceTogether(readers.Slots, tensor => StoredIntegers.With(tensor, tensor.Dims, [after]));
    }

    private static bool HasBias(NodeProto node) => node.OpType switch
    {
        "QLinearConv" => node.InputOrEmpty(8).Length > 0,
        "QGemm" => node.InputOrEmpty(6).Length > 0,
        _ => node.InputOrEmpty(2).Length > 0,
    };

    private static RepairedJoin Together(RepairedJoin earlier, RepairedJoin later) => later with
    {
        Raise = (int)Math.Round(((later.StepAfter / (double)earlier.StepBefore) - 1) * 32768),
        StepBefore = earlier.StepBefore,
    };

    private QuantException Failed(ModelJoin join, string why) => Diagnostics.JoinNotRepaired.Fault(string.Create(
        CultureInfo.InvariantCulture,
        $"{edits.Model.Path}: node {join.Name} ({join.Operator}) differs between processors, and its step cannot be raised: {why}."),
        file: edits.Model.Path, node: join.Name);
}
