using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using QuantFunctional.Documents;
using QuantFunctional.Formats;
using QuantFunctional.FSharp;

namespace QuantFunctional.Vectors;

/// <summary>
/// Writes golden inputs and outputs of a planned layer, with every intermediate and constant, for tests of hardware and
/// firmware. The same plan and options give the same bytes on every machine.
/// </summary>
public static class VectorWriter
{
    /// <summary>The most numbers that the vectors of a layer may have, in inputs and outputs together.</summary>
    public const long MostNumbers = 1L << 26;

    /// <summary>Writes a folder with a manifest, the vectors and the layer's constants; it is there whole or not at all.</summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="options">Which vectors.</param>
    /// <param name="overwrite">Whether a folder of vectors that exists may be replaced.</param>
    /// <exception cref="QuantException">
    /// The folder holds other files, the sizes do not fit the layer or are too many, or an intermediate overflows, which
    /// the layer's certificate tells too.
    /// </exception>
    public static VectorManifest Write(string folder, NamedPlan layer, VectorOptions options, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(options);
        bool MayReplace(string full) => overwrite && VectorFolders.HoldsVectorsAlone(full);
        var sizes = Sizes(layer.Plan.Integers, options);
        AtomicFolder.Check(folder, MayReplace);
        VectorManifest? manifest = null;
        AtomicFolder.Write(folder, MayReplace, temporary => manifest = Fill(temporary, layer, options, sizes));
        return manifest!;
    }

    /// <summary>Writes a folder with a folder of vectors for each layer; it is there whole or not at all.</summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="options">Which vectors of each.</param>
    /// <param name="overwrite">Whether a folder of vectors that exists may be replaced.</param>
    /// <exception cref="QuantException">As for one layer; the message names the layer.</exception>
    public static VectorsReport WriteAll(
        string folder, IReadOnlyList<NamedPlan> layers, VectorOptions options, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(options);
        bool MayReplace(string full) => overwrite && VectorFolders.HoldsVectorsAlone(full);
        var sizes = layers.Select(layer => VectorFolders.Naming(layer, () => Sizes(layer.Plan.Integers, options))).ToList();
        AtomicFolder.Check(folder, MayReplace);
        var written = new List<LayerVectors>();
        AtomicFolder.Write(folder, MayReplace, temporary =>
        {
            for (var i = 0; i < layers.Count; i++)
            {
                var name = VectorFolders.NameOf(i, layers[i]);
                var own = Directory.CreateDirectory(Path.Combine(temporary, name)).FullName;
                written.Add(new LayerVectors(name, Fill(own, layers[i], options, sizes[i])));
            }
        });
        return new VectorsReport(folder, written);
    }

    private static VectorManifest Fill(string folder, NamedPlan layer, VectorOptions options, ImmutableArray<int> sizes)
    {
        var certificate = layer.Plan.Certify();
        if (certificate.Violations.FirstOrDefault(violation => violation.IsConstantOutOfRange) is { } broken)
            throw Diagnostics.ConstantNotRun.Fault($"layer {layer.Name}, {broken.Message}.", node: layer.Name);
        var vectors = VectorInputs.Create(layer.Plan.Integers, sizes, options.RandomCount, unchecked((ulong)options.Seed)).ToList();
        var run = Run(layer, vectors, sizes);
        var files = new VectorFiles(folder, options.Format);
        AddVectors(files, layer.Plan.Integers, vectors, run);
        AddConstants(files, layer.Plan.Integers);
        var manifest = Manifest(layer, options, certificate, vectors, run, sizes, files.Entries);
        using var stream = File.Create(Path.Combine(folder, VectorManifest.FileName));
        manifest.Write(stream);
        return manifest;
    }

    private static ImmutableArray<int> Sizes(IntegerLayer layer, VectorOptions options)
    {
        var axes = layer.Shape.KernelSizes.Length;
        ImmutableArray<int> sizes = options.InputSizes is { } asked ? [.. asked] : VectorInputs.SmallestSizes(layer);
        if (sizes.Length != axes || sizes.Any(size => size < 1))
        {
            throw Diagnostics.VectorsShape.Fault(string.Create(CultureInfo.InvariantCulture,
                $"the input shape: the layer's kernel has {axes} axes, so {axes} sizes of at least 1 are needed; there are {sizes.Length}."));
        }

        if (options.RandomCount < 0)
            throw Diagnostics.OptionValueWrong.Fault("the number of random vectors is below 0; ask for none or more.");
        var vectors = 4 + (2 * (BigInteger)layer.Shape.Channels) + options.RandomCount;
        var inputs = sizes.Aggregate((BigInteger)layer.Shape.Inputs * layer.Shape.Groups, (product, size) => product * size);
        var places = VectorInputs.OutputPlaces(layer, sizes);
        if (places.IsZero)
            throw Diagnostics.VectorsShape.Fault("the input shape: the kernel does not fit, so that there is no output; make it larger.");
        var numbers = vectors * (inputs + (places * layer.Shape.Channels)) + (places * layer.Shape.Positions);
        return numbers <= MostNumbers
            ? sizes
            : throw Diagnostics.VectorsTooMany.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{vectors} vectors would have {numbers} numbers, more than {MostNumbers}; ask for fewer, or a smaller input shape."));
    }

    private sealed record Ran(IntegerTensor Input, Execution Execution);

    private static Ran Run(NamedPlan layer, List<VectorInput> vectors, ImmutableArray<int> sizes)
    {
        var shape = layer.Plan.Integers.Shape;
        var input = new IntegerTensor(
            [vectors.Count, shape.Inputs * shape.Groups, .. sizes], [.. vectors.SelectMany(vector => vector.Values)]);
        return PlanRunner.TryRun(layer.Plan, input, out var execution, out var fault)
            ? new Ran(input, execution)
            : throw Diagnostics.Of(fault).Fault($"layer {layer.Name}, {fault.Message}.", node: layer.Name);
    }

    private static void AddVectors(VectorFiles files, IntegerLayer layer, List<VectorInput> vectors, Ran run)
    {
        var output = run.Execution.Output;
        string NameOf(int vector) => vectors[vector].Kind.Name;
        void Add(string role, IEnumerable<long> values, int bits, ImmutableArray<int> shape) =>
            files.Add(role, [.. values], bits, shape, NameOf);
        Add("inputs", run.Input.Values.Select(value => (long)value), layer.Path.IsInt8 ? 8 : 16, run.Input.Sizes);
        foreach (var known in run.Execution.Intermediates)
            Add(known.Intermediate.FileName, known.Values, known.Bits, output.Sizes);
        var bits = layer.Output.Type.IsInt8 ? 8 : layer.Output.Type.IsInt16 ? 16 : 32;
        Add("outputs", output.Values.Select(value => (long)value), bits, output.Sizes);
    }

    private static void AddConstants(VectorFiles files, IntegerLayer layer)
    {
        var shape = layer.Shape;
        var channels = Enumerable.Range(0, shape.Channels).ToList();
        var weights = from channel in channels
                      from input in Enumerable.Range(0, shape.Inputs)
                      from position in Enumerable.Range(0, shape.Positions)
                      select (long)layer.Weights[shape.Index(channel, input, position)];
        void Add(string role, IEnumerable<long> values, int bits, params IReadOnlyList<int> rest) =>
            files.Add(
                role, [.. values], bits, [shape.Channels, .. rest],
                channel => string.Create(CultureInfo.InvariantCulture, $"channel {channel}"));
        Add("weights", weights, 8, [shape.Inputs, .. shape.KernelSizes]);
        Add("bias", layer.Bias, layer.Accumulator.Bits);
        Add("multiplier", channels.Select(channel => (long)layer.Multiplier[channel]), 32);
        Add("shift", channels.Select(channel => (long)layer.Shift[channel]), 16);
        Add("intrinsic-shift", channels.Select(channel => (long)layer.IntrinsicShift[channel]), 16);
    }

    private static VectorManifest Manifest(
        NamedPlan layer,
        VectorOptions options,
        LayerCertificate certificate,
        List<VectorInput> vectors,
        Ran run,
        ImmutableArray<int> sizes,
        IReadOnlyList<VectorFileEntry> files)
    {
        var q = layer.Plan.Integers;
        var place = VectorInputs.WorstCasePlace(q, sizes);
        var places = run.Execution.Output.Sizes[2..];
        var products = certificate.Bounds.Where(bound => bound.Intermediate.IsProduct).ToList();

        VectorEntry Entry(VectorInput vector, int index)
        {
            if (vector.Kind is not VectorKind.WorstCase worst)
                return new VectorEntry(vector.Kind.Name);
            var size = places.Aggregate(1, (product, axis) => product * axis);
            var product = run.Execution.Products[(((index * q.Shape.Channels) + worst.Channel) * size) + place];
            var bound = products[worst.Channel];
            return new VectorEntry(
                vector.Kind.Name, worst.Channel, product == (worst.Highest ? bound.Largest : bound.Smallest));
        }

        return new VectorManifest
        {
            Layer = layer.Name,
            IntegersSha256 = IntegersDigest.Of(q),
            Profile = q.Profile.Name,
            Path = q.Path.Name,
            Rounding = Names.Roundings[q.Rounding],
            AccumulatorBits = q.Accumulator.Bits,
            InputZeroPointInBias = q.Profile.InputZeroPointInBias(q.Path),
            InputZeroPoint = q.Input.ZeroPoint,
            OutputOffset = q.OutputOffset,
            OutputLowest = q.OutputRange.Low,
            OutputHighest = q.OutputRange.High,
            Groups = q.Shape.Groups,
            Strides = q.Geometry.Strides,
            Pads = q.Geometry.Pads,
            Dilations = q.Geometry.Dilations,
            IsTransposed = q.Geometry.IsTransposed,
            Seed = options.Seed,
            WorstCasePlace = Coordinates(places, place),
            Files = files,
            Vectors = [.. vectors.Select(Entry)],
        };
    }

    private static int[] Coordinates(ImmutableArray<int> sizes, int place)
    {
        var result = new int[sizes.Length];
        for (var axis = sizes.Length - 1; axis >= 0; axis--)
            (place, result[axis]) = (place / sizes[axis], place % sizes[axis]);
        return result;
    }
}
