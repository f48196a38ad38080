using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using QuantFunctional;
using QuantFunctional.Checking;
using QuantFunctional.Documents;
using QuantFunctional.Formats;
using QuantFunctional.Vectors;
using Shell.Tests.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Vectors;

/// <summary>Vectors say what a layer does, in files that need nothing else.</summary>
public sealed class VectorWriterTests
{
    [Fact]
    public void Every_number_in_the_files_is_what_other_arithmetic_makes_of_the_inputs()
    {
        using var folder = new TemporaryFolder();
        var (paths, number) = (new HashSet<string>(), 0);
        foreach (var plan in RandomLayers.Plans(seed: 41, count: 60))
        {
            var q = plan.Integers;
            var path = folder.File($"vectors{number++}");
            var manifest = VectorWriter.Write(path, new NamedPlan("layer", null, plan), new VectorOptions { RandomCount = 3 });
            paths.Add(manifest.Path);
            long[] Read(string role) => VectorFolder.Read(path, manifest, role);
            var own = Evaluate(q, Read("inputs"), manifest.Files[0].Shape, manifest.Files.Single(f => f.Role == "outputs").Shape);

            foreach (var (role, expected) in own)
                Assert.Equal(expected, Read(role));
            Assert.Equal(own.Count, manifest.Files.TakeWhile(file => file.Role != "weights").Count() - 1);
            Assert.Equal(q.Bias.AsEnumerable(), Read("bias"));
            Assert.Equal(Enumerable.Range(0, q.Shape.Channels).Select(c => (long)q.Multiplier[c]), Read("multiplier"));
            Assert.Equal(Enumerable.Range(0, q.Shape.Channels).Select(c => (long)q.Shift[c]), Read("shift"));
            Assert.Equal(
                Enumerable.Range(0, q.Shape.Channels)
                    .SelectMany(c => new LayerArithmetic(q).Weights(c))
                    .Select(w => (long)w),
                Read("weights"));
        }

        Assert.Equal(["int15", "int16", "int8"], paths.Order());
    }

    [Fact]
    public void Hex_files_hold_the_numbers_of_the_arrays_in_words_of_one_width()
    {
        using var folder = new TemporaryFolder();
        var number = 0;
        foreach (var plan in RandomLayers.Plans(seed: 42, count: 20))
        {
            var layer = new NamedPlan("layer", null, plan);
            var (npy, hex) = (folder.File($"npy{number}"), folder.File($"hex{number++}"));
            var arrays = VectorWriter.Write(npy, layer, new VectorOptions());
            var words = VectorWriter.Write(hex, layer, new VectorOptions { Format = VectorFormat.Hex });

            Assert.Equal(arrays.Files.Select(file => file.Role), words.Files.Select(file => file.Role));
            foreach (var file in words.Files)
            {
                var lines = File.ReadAllLines(Path.Combine(hex, file.File));
                Assert.All(
                    lines.Where(line => !line.StartsWith("//", StringComparison.Ordinal)),
                    line => Assert.Matches($"^[0-9a-f]{{{file.Bits / 4}}}$", line));
                Assert.Equal(VectorFolder.Read(npy, arrays, file.Role), VectorFolder.Read(hex, words, file.Role));
            }
        }
    }

    [Fact]
    public void The_manifest_names_every_file_with_its_digest_and_every_vector_with_its_reason()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("vectors");
        var layer = new NamedPlan("fc1", null, PlantedPlan.Plan(Precision.TfliteInt8));

        var written = VectorWriter.Write(path, layer, new VectorOptions { RandomCount = 2, Seed = 9 });

        var read = VectorManifest.Read(path);
        Assert.Equal(written.Files.Select(f => f.Sha256), read.Files.Select(f => f.Sha256));
        Assert.Equal(
            Directory.EnumerateFiles(path).Select(Path.GetFileName).Order(),
            read.Files.Select(f => f.File).Append("manifest.json").Order());
        Assert.All(read.Files, file => Assert.Equal(
            file.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(path, file.File))))));
        Assert.Equal(IntegersDigest.Of(layer.Plan.Integers), read.IntegersSha256);
        Assert.Equal(9, read.Seed);
        Assert.Equal(["all-minimum", "all-maximum", "zero-point", "alternating"], read.Vectors.Take(4).Select(v => v.Name));
        Assert.Equal(4 + (2 * PlantedPlan.Channels) + 2, read.Vectors.Count);
        Assert.Equal(2 * PlantedPlan.Channels, read.Vectors.Count(v => v is { Channel: not null, Attains: true }));
        Assert.Equal("random-1", read.Vectors[^1].Name);
    }

    [Fact]
    public void P11_the_bytes_are_the_same_in_every_culture_and_follow_the_seed()
    {
        using var folder = new TemporaryFolder();
        var layer = new NamedPlan("layer", null, RandomLayers.Plans(seed: 43, count: 1).Single());
        string[] Digests(string name, long seed) =>
        [
            .. VectorWriter.Write(folder.File(name), layer, new VectorOptions { Seed = seed, Format = VectorFormat.Hex })
                .Files.Select(file => file.Sha256),
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder.File(name, "manifest.json")))),
        ];
        var first = Digests("a", 1);
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (strange.NumberFormat.NegativeSign, strange.NumberFormat.NumberDecimalSeparator) = ("~", ",");
            CultureInfo.CurrentCulture = strange;
            Assert.Equal(first, Digests("b", 1));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }

        Assert.NotEqual(first[0], Digests("c", 2)[0]);
    }

    [Fact]
    public void A_folder_is_replaced_only_where_it_holds_vectors_alone_and_is_whole_or_not_there()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("vectors");
        var plan = PlantedPlan.Plan(Precision.TfliteInt8);
        var layer = new NamedPlan("fc1", null, plan);
        var broken = new NamedPlan("fc1", null, PlantedPlan.With(plan, bias: int.MaxValue));
        Directory.CreateDirectory(path);
        VectorWriter.Write(path, layer, new VectorOptions());
        var before = File.ReadAllBytes(Path.Combine(path, "manifest.json"));

        Assert.Contains("--force", Check.Refusal(() => VectorWriter.Write(path, layer, new VectorOptions())));
        var fault = Assert.Throws<QuantException>(() => VectorWriter.Write(path, broken, new VectorOptions(), overwrite: true));
        Assert.Equal(FaultKind.Failed, fault.Kind);
        Assert.Contains("channel 0", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(path, "manifest.json")));
        VectorWriter.Write(path, layer, new VectorOptions { Format = VectorFormat.Hex }, overwrite: true);
        Assert.False(File.Exists(Path.Combine(path, "inputs.npy")));
        File.WriteAllText(Path.Combine(path, "bench.v"), "mine");
        Assert.Contains("bench.v", Check.Refusal(() => VectorWriter.Write(path, layer, new VectorOptions(), overwrite: true)));
        File.WriteAllText(folder.File("notes.txt"), "mine");
        Assert.Contains("no vectors", Check.Refusal(() => VectorWriter.Write(folder.Path, layer, new VectorOptions(), true)));
        Assert.Equal(["notes.txt", "vectors"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(new[] { 1 << 30, 1 << 30 }, 16, "more than")]
    [InlineData(new[] { 3, 3 }, int.MaxValue, "more than")]
    [InlineData(new[] { 3 }, 16, "2 axes")]
    [InlineData(new[] { 3, 0 }, 16, "at least 1")]
    [InlineData(new[] { 3, 3 }, -1, "below 0")]
    public void Sizes_are_refused_before_memory_is_taken(int[] sizes, int count, string words)
    {
        using var folder = new TemporaryFolder();
        var plan = RandomLayers.Plans(seed: 44, count: 200).First(p => p.Integers.Shape.KernelSizes.Length == 2);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var message = Check.Refusal(() => VectorWriter.Write(
            folder.File("vectors"), new NamedPlan("layer", null, plan),
            new VectorOptions { InputSizes = sizes, RandomCount = count }));

        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    /// <summary>All that a layer makes of stored inputs, by placement and arithmetic that the executor does not share.</summary>
    private static Dictionary<string, long[]> Evaluate(
        IntegerLayer q, long[] inputs, IReadOnlyList<int> inputShape, IReadOnlyList<int> outputShape)
    {
        var (shape, arithmetic) = (q.Shape, new LayerArithmetic(q));
        var count = outputShape.Aggregate(1, (product, axis) => product * axis);
        var result = new Dictionary<string, long[]> { ["outputs"] = new long[count] };
        for (var index = 0; index < count; index++)
        {
            var at = Coordinates(index, outputShape);
            var (sample, channel) = (at[0], at[1]);
            var firstInput = channel / (shape.Channels / shape.Groups) * shape.Inputs;
            var stored = new int[shape.WeightsPerChannel];
            for (var i = 0; i < stored.Length; i++)
            {
                var kernel = Coordinates(i % shape.Positions, [1, 1, .. shape.KernelSizes])[2..];
                var place = VectorFolder.InputOf(q.Geometry, at[2..], kernel, [.. inputShape.Skip(2)]);
                stored[i] = place is null
                    ? q.Input.ZeroPoint
                    : (int)inputs[Flat([sample, firstInput + (i / shape.Positions), .. place], inputShape)];
            }

            foreach (var range in arithmetic.Ranges(channel, i => (stored[i], stored[i])))
            {
                if (range.Name == "product-and-bias")
                {
                    result["outputs"][index] = (long)BigInteger.Clamp(
                        arithmetic.Uncut(channel, range.Low), q.OutputRange.Low, q.OutputRange.High);
                }

                var role = RoleOf(range.Name);
                if (!result.ContainsKey(role))
                    result[role] = new long[count];
                result[role][index] = (long)range.High;
            }
        }

        return result;
    }

    private static string RoleOf(string intermediate) => intermediate switch
    {
        "high-half" => "high-halves",
        "low-half" => "low-halves",
        "product" => "products",
        "product-and-bias" => "accumulators",
        _ => intermediate,
    };

    private static int[] Coordinates(int index, IReadOnlyList<int> sizes)
    {
        var result = new int[sizes.Count];
        for (var axis = sizes.Count - 1; axis >= 0; axis--)
            (index, result[axis]) = (index / sizes[axis], index % sizes[axis]);
        return result;
    }

    private static int Flat(int[] at, IReadOnlyList<int> sizes) =>
        at.Index().Aggregate(0, (flat, axis) => (flat * sizes[axis.Index]) + axis.Item);
}
