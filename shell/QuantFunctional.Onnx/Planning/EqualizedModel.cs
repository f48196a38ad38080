using QuantFunctional.Formats;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// A model with channels multiplied by powers of two, which the layers that read them take back: it computes the same, bit for bit.
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="Observed">
/// What the samples showed of the model before, with the means of what layers read multiplied; ranges and histograms are those of before.
/// </param>
/// <param name="Layers">The names of the layers that make such channels.</param>
internal sealed record EqualizedModel(OnnxModel Model, Observations Observed, IReadOnlySet<string> Layers)
{
    /// <summary>The model of a scheme with these factors.</summary>
    internal static EqualizedModel Of(Scheme scheme, Observations observed, IEnumerable<ChannelFactors> factors) =>
        Of(scheme, observed, factors, new ChannelAxes(scheme, ChannelTie.Factor));

    private static EqualizedModel Of(Scheme scheme, Observations observed, IEnumerable<ChannelFactors> factors, ChannelAxes axes)
    {
        var bits = factors.ToDictionary(one => ClassOf(one, axes) ?? throw Unfit(one), one => one.Bits, (IEqualityComparer<ChannelClass>)ReferenceEqualityComparer.Instance);
        var graph = new GraphEditor(scheme.Model.Clone());
        var nodes = graph.Graph.Node.Where(node => node.Output.Count > 0).ToDictionary(node => node.Output[0]);
        foreach (var constants in axes.Constants.Where(constant => Touches(constant.Channels)).GroupBy(one => (one.Node.Output[0], one.Input)))
        {
            var node = nodes[constants.Key.Item1];
            var tensor = scheme.Index.Initializer(node.Input[constants.Key.Input])!;
            var values = TensorData.Floats(tensor);
            // both sides of a depthwise layer at once, so that no number leaves float32 on the way
            var sum = new int[values.Length];
            foreach (var constant in constants)
                Add(sum, constant, tensor.Dims);
            var scaled = values.Select((value, i) => MathF.ScaleB(value, sum[i])).ToArray();
            node.Input[constants.Key.Input] = graph.AddInitializer(TensorData.Make($"{tensor.Name}_equalized", tensor.Dims, scaled.AsSpan()));
        }

        DeadCode.Remove(graph);
        return new EqualizedModel(
            graph.Model,
            observed with { LayerInputs = Means() },
            axes.Makers.Where(maker => bits.ContainsKey(maker.Class.Whole)).Select(maker => maker.Layer.DisplayName()).ToHashSet());

        bool Touches(ChannelAxis channels) => channels.Runs.Any(run => bits.ContainsKey(run.Class.Whole));

        int[] BitsOf(ChannelAxis channels) => [.. channels.Channels.Select(one => bits.TryGetValue(one.Class, out var all) ? all[one.Channel] : 0)];

        void Add(int[] sum, ChannelConstant constant, IReadOnlyList<long> dims)
        {
            var added = BitsOf(constant.Channels);
            var behind = (int)Shapes.Behind(dims, constant.Channels.Axis);
            for (var i = 0; i < sum.Length; i++)
                sum[i] += constant.IsOfReader ? -added[i / behind % added.Length] : added[i / behind % added.Length];
        }

        Dictionary<string, double[]> Means()
        {
            var means = observed.LayerInputs.ToDictionary();
            foreach (var node in scheme.Layers.Select(layer => layer.Node).Where(node => means.ContainsKey(node.Output[0])))
            {
                if (axes.ReadBy(node) is not { } read || !Touches(read))
                    continue;
                var raised = BitsOf(read);
                var places = means[node.Output[0]].Length / raised.Length;
                means[node.Output[0]] = [.. means[node.Output[0]].Select((mean, i) => Math.ScaleB(mean, raised[i / places]))];
            }

            return means;
        }
    }

    /// <summary>A form of a model with factors that are known; null, with the first that it cannot have, where it is none.</summary>
    internal static ModelForm? Applied(Scheme scheme, ModelForm form, IReadOnlyList<ChannelFactors> factors, out ChannelFactors? misfit)
    {
        misfit = null;
        if (factors.Count == 0)
            return form;
        var axes = new ChannelAxes(scheme, ChannelTie.Factor);
        var taken = new HashSet<ChannelClass>(ReferenceEqualityComparer.Instance);
        misfit = factors.FirstOrDefault(one => ClassOf(one, axes) is not { } made || !taken.Add(made));
        if (misfit is not null)
            return null;
        var equalized = Of(scheme, form.Observed, factors, axes);
        return form with { Model = equalized.Model, Observed = equalized.Observed, Factors = factors };
    }

    private static InvalidOperationException Unfit(ChannelFactors factors) =>
        new($"The {factors.Bits.Count} channels of `{factors.Output}` cannot be multiplied.");

    /// <summary>The channels that factors are for; null where they do not fit any.</summary>
    private static ChannelClass? ClassOf(ChannelFactors factors, ChannelAxes axes) =>
        axes.MadeBy(factors.Output) is { IsFixed: false } made
        && made.Count == factors.Bits.Count
        && factors.Bits.All(bits => bits is >= 0 and <= ChannelFactors.MostBits)
            ? made.Whole
            : null;
}
