using QuantFunctional.Documents.Json;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>A recipe in the place of choices: whether it is of this model, and the network that it says.</summary>
internal sealed class RecipeInUse
{
    private readonly QuantizationRecipe _recipe;
    private readonly NetworkPlanner _planner;
    private readonly Place _place;

    private RecipeInUse(QuantizationRecipe recipe, NetworkPlanner planner) =>
        (_recipe, _planner, _place) = (recipe, planner, new Place(recipe.Name));

    /// <summary>A request with the options that its recipe decides.</summary>
    /// <exception cref="QuantException">The request says one of them itself.</exception>
    internal static QuantizeRequest Options(QuantizeRequest request)
    {
        if (request.Recipe is not { } recipe)
            return request;
        if (Decided(request).FirstOrDefault(option => option.IsSaid).Option is { } said)
        {
            throw Diagnostics.RecipeDecides.Fault(
                $"{said} does not go with --recipe: {recipe.Name} says how the model is quantized. Leave it out, or quantize anew with samples.",
                file: recipe.Name);
        }

        var options = recipe.Document.Options;
        return request with
        {
            Precision = recipe.Precision,
            Profile = recipe.Profile,
            PerChannel = options.PerChannel,
            SymmetricActivations = options.SymmetricActivations,
            RoundChains = options.RoundChains,
            KeepTransposed = options.KeepTransposed,
            For = recipe.For,
            Exclude = options.Exclude,
            ExcludeTypes = options.ExcludeTypes,
        };
    }

    /// <summary>Refuses the recipe of another model.</summary>
    /// <exception cref="QuantException">It is.</exception>
    internal static void RequireModel(QuantizeRequest request, OnnxModel model)
    {
        if (request.Recipe is { } recipe && recipe.ModelSha256 != ModelDigest.Of(model))
        {
            throw Diagnostics.RecipeOfOtherModel.Fault(
                $"{recipe.Name}: model.sha256: this is not the recipe of {request.Model}, whose tensors or operators are others; give the model that "
                + $"it is of ({recipe.Document.Model.File}), or quantize this one with samples.",
                file: recipe.Name);
        }
    }

    /// <summary>The network that a recipe says.</summary>
    /// <exception cref="QuantException">It does not fit the model, or a layer cannot be planned as it says.</exception>
    internal static PlannedNetwork Planned(QuantizationRecipe recipe, NetworkPlanner planner)
    {
        using var phase = Telemetry.Begin("follow", recipe.Name);
        return new RecipeInUse(recipe, planner).Planned();
    }

    /// <summary>Warns where the result is not the model that the recipe was written with.</summary>
    internal static IEnumerable<ReportWarning> Warnings(QuantizeRequest request, OnnxModel quantized)
    {
        if (request.Recipe is { } recipe && recipe.Document.Quantized != ModelDigest.Of(quantized))
        {
            yield return Diagnostics.RecipeGivesOther.Warn(
                $"{recipe.Name} gives another model here than the one that it was written with (by version {recipe.Tool}; this is "
                + $"{SavedRecipe.Tool}): it was edited, or its choices are rounded or written otherwise here");
        }
    }

    private static IEnumerable<(string Option, bool IsSaid)> Decided(QuantizeRequest request) =>
    [
        ("--statistics", request.Statistics is not null),
        ("--save-recipe", request.RecipePath is not null),
        ("--precision", !request.Precision.Equals(Precision.TfliteInt8)),
        ("--profile", request.Profile is not null),
        ("--preset", request.Preset != QuantizationPreset.Balanced),
        ("--ranges", request.Ranges is not null),
        ("--round-each-operator", !request.RoundChains),
        ("--per-tensor", !request.PerChannel),
        ("--symmetric-activations", request.SymmetricActivations),
        ("--keep-transposed", request.KeepTransposed),
        ("--for", request.For != TargetEngine.OnnxRuntime),
        ("--exclude", request.Exclude.Count > 0),
        ("--exclude-type", request.ExcludeTypes.Count > 0),
        (request.Target?.Option ?? "", request.Target is not null),
    ];

    private PlannedNetwork Planned()
    {
        var document = _recipe.Document;
        RequireSame(document.Tensors.Select(tensor => tensor.Name), _planner.Tensors, _place.At("tensors"));
        RequireRows(document.Rows, _place.At("rows"));
        RequireNodes(document.Apart, _place.At("apart"));
        _planner.Begin(Seen(document), Pairs(document.Apart));
        TakeForm(document);
        RequireNodes(document.LeftInFloat, _place.At("leftInFloat"));
        if (document.LeftInFloat.Count > 0)
            _planner.Keep(Pairs(document.LeftInFloat));
        RequireSame(document.Ranges.Select(range => range.Tensor), _planner.Groups, _place.At("ranges"));
        RequireBiases();
        RequireRoundings();
        _planner.Roundings = LayerRoundings.Known(_recipe.Differences);
        var ranges = RangeChoice.MinMax with
        {
            Known = document.Ranges.ToDictionary(range => range.Tensor, range => new ObservedRange((float)range.Low, (float)range.High)),
        };
        var (network, refused) = _planner.TryPlan(ranges, BiasMeans.Of(_planner.Scheme, _recipe.Means));
        return network ?? throw Diagnostics.RecipeNotFollowed.Fault(
            $"{_recipe.Name}: node {refused.First().Key} cannot be in integers as the recipe says: {refused.First().Value}; the recipe was edited, or is of "
            + $"another version ({_recipe.Tool}; this is {SavedRecipe.Tool}): quantize anew with samples.",
            file: _recipe.Name, node: refused.First().Key);
    }

    private void TakeForm(RecipeJson document)
    {
        List<RaisedJoin> joins = [.. document.RaisedJoins.Select(join => new RaisedJoin(join.Output, [.. join.Bits]))];
        for (var i = 0; i < joins.Count; i++)
        {
            if (!JoinEqualization.Fits(_planner.Scheme, _planner.Observed, joins[i]))
                throw Misfit(_place.At("raisedJoins").At(i), $"the model has no Concat `{joins[i].Output}` of which parts can be raised so", joins[i].Output);
        }

        if (joins.Count > 0)
            _planner.Form = JoinEqualization.Applied(_planner.Scheme, _planner.Observed, joins);
        List<ChannelFactors> factors = [.. document.ChannelFactors.Select(one => new ChannelFactors(one.Output, one.Bits))];
        _planner.Form = EqualizedModel.Applied(_planner.Scheme, _planner.Form, factors, out var unfit) ?? throw Misfit(
            _place.At("channelFactors").At(factors.IndexOf(unfit!)), $"no layer makes channels `{unfit!.Output}` that can be multiplied so", unfit.Output);
        List<OrderedChannels> orders = [.. document.ChannelOrders.Select(order => new OrderedChannels(order.Output, [.. order.Order]))];
        if (orders.Count == 0)
            return;
        _planner.Form = ChannelOrdering.Applied(_planner.Scheme, _planner.Form, orders, out var misfit) ?? throw Misfit(
            _place.At("channelOrders").At(orders.IndexOf(misfit!)), $"no layer makes channels `{misfit!.Output}` that can come in this order", misfit.Output);
    }

    private void RequireBiases()
    {
        var layers = _planner.Scheme.Layers.Where(BiasMeans.HasBias).ToDictionary(layer => layer.Node.Output[0], layer => layer.Layer!.Channels);
        for (var i = 0; i < _recipe.Document.Biases.Count; i++)
        {
            var output = _recipe.Document.Biases[i].Output;
            var at = _place.At("biases").At(i);
            if (!layers.TryGetValue(output, out var channels))
                throw Misfit(at, $"no layer of integers with a bias makes `{output}`", output);
            if (_recipe.Means[output].Real.Length != channels)
                throw Misfit(at, FormattableString.Invariant($"{_recipe.Means[output].Real.Length} means for {channels} channels"), output);
        }
    }

    private void RequireRoundings()
    {
        var layers = _planner.Scheme.Layers.ToDictionary(layer => layer.Node.Output[0], layer => layer.Layer!.Values.Length);
        for (var i = 0; i < _recipe.Document.Roundings.Count; i++)
        {
            var output = _recipe.Document.Roundings[i].Output;
            var at = _place.At("roundings").At(i);
            if (!layers.TryGetValue(output, out var weights))
                throw Misfit(at, $"no layer of integers makes `{output}`", output);
            if (_recipe.Differences[output].Length != weights)
                throw Misfit(at, FormattableString.Invariant($"{_recipe.Differences[output].Length} differences for {weights} weights"), output);
        }
    }

    private void RequireSame(IEnumerable<string> found, IReadOnlyList<string> wanted, Place at)
    {
        var names = found.ToList();
        if (names.Except(wanted).FirstOrDefault() is { } unknown)
            throw Misfit(at, $"`{unknown}` is no tensor of the model that is asked for here", unknown);
        if (wanted.Except(names).FirstOrDefault() is { } lacking)
            throw Misfit(at, $"tensor `{lacking}` is missing", lacking);
    }

    private void RequireRows(IReadOnlyList<SeenRowsJson> rows, Place at)
    {
        var index = _planner.Scheme.Index;
        for (var i = 0; i < rows.Count; i++)
        {
            if (index.Producer(rows[i].Tensor) is null && !index.IsGraphInput(rows[i].Tensor))
                throw Misfit(at.At(i), $"the model has no tensor `{rows[i].Tensor}`", rows[i].Tensor);
        }
    }

    private void RequireNodes(IReadOnlyList<KeptNodeJson> nodes, Place at)
    {
        var names = GraphWalk.Nodes(_planner.Form.Model.Graph).Select(node => node.DisplayName()).ToHashSet();
        for (var i = 0; i < nodes.Count; i++)
        {
            if (!names.Contains(nodes[i].Node))
                throw Misfit(at.At(i), $"the model has no node `{nodes[i].Node}`", nodes[i].Node);
        }
    }

    private static Observations Seen(RecipeJson document) => new(
        document.Data.Samples,
        [],
        document.Tensors.ToDictionary(tensor => tensor.Name, tensor => RangeHistory.Of(
            ObservedRange.Of(tensor is { Min: { } min, Max: { } max } ? new BoundsJson(min, max) : null),
            tensor.PositiveInfinity ?? false,
            tensor.NegativeInfinity ?? false)),
        document.Rows.ToDictionary(rows => rows.Tensor, rows => new RowMaxima(
            (float)(rows.Lowest ?? double.PositiveInfinity), (float)(rows.LowestUnmasked ?? double.PositiveInfinity))),
        [])
    {
        Digest = document.Data.Sha256,
    };

    private static IEnumerable<KeyValuePair<string, string>> Pairs(IReadOnlyList<KeptNodeJson> nodes) =>
        nodes.Select(node => KeyValuePair.Create(node.Node, node.Reason));

    private static QuantException Misfit(Place at, string problem, string node) => Diagnostics.RecipeNotOfModel.Fault(
        $"{at}: {problem}; the recipe was edited, or is of another version: quantize anew with samples.", file: at.File, node: node);
}
