using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

/// <summary>HardSwish and HardSigmoid in the pieces in which exporters write them.</summary>
public class HardSwishFormTests
{
    public static TheoryData<string> Swishes() =>
    [
        "Add x three a; Clip a zero six b; Mul x b c; Div c six y",
        "Add three x a; Clip a zero six b; Mul b x c; Mul c sixth y",
        "Add x three a; Clip a zero six b; Div b six c; Mul x c y",
        "Add x three a; Clip a zero six b; Mul sixth b c; Mul c x y",
        "Add x three a; Clip a zero six b; Mul x sixth c; Mul c b y",
        "Add x three a; Max a zero b; Min b six c; Mul x c d; Div d six y",
        "Add x three a; Relu a b; Min six b c; Mul x c d; Div d six y",
        "Sub x minus a; Clip a zero six b; Mul x b c; Mul c digits y",
        "Div x six a; Add a half b; Clip b zero one c; Mul x c y",
        "Clip x minus three a; Add a three b; Mul b sixth c; Mul x c y",
        "Sub minus x a; Mul a negative b; Clip b zero six c; Mul x c d; Div d six y",
    ];

    [Theory]
    [MemberData(nameof(Swishes))]
    public void A_hard_swish_in_pieces_is_one(string pieces)
    {
        Assert.Equal("HardSwish", Prepared(pieces, opset: 14));
        Assert.Equal("HardSigmoid Mul", Prepared(pieces, opset: 13));
        Assert.Equal("HardSigmoid Mul", Prepared(pieces, opset: 9));
    }

    [Theory]
    [InlineData("Add x three a; Clip a zero six b; Div b six y", "HardSigmoid")]
    [InlineData("Mul x fifth a; Add a half b; Clip b zero one y", "HardSigmoid")]
    [InlineData("Mul x fifth a; Add a half b; Clip b zero one c; Mul x c y", "HardSigmoid Mul")]
    public void So_is_a_hard_sigmoid(string pieces, string expected) => Assert.Equal(expected, Prepared(pieces, opset: 14));

    [Fact]
    public void The_operator_of_a_sixth_times_its_input_is_a_hard_swish()
    {
        ModelBuilder Model(long opset) => new ModelBuilder(opset).Input("x", 2, 3)
            .Node("HardSigmoid", ["x"], "a", node => node.SetFloat("alpha", 1 / 6f)).Node("Mul", ["a", "x"], "y").Output("y", 2, 3);

        Assert.Equal("HardSwish", Check.Operators(Check.Prepared(Model(14))));
        Assert.Equal("HardSigmoid Mul", Check.Operators(Check.Prepared(Model(13))));
    }

    [Theory]
    [InlineData("Add x three a; Clip a zero three b; Mul x b c; Div c six y", "Add Clip Mul Mul")]
    [InlineData("Add x three a; Clip a zero six b; Mul x b y", "Add Clip Mul")]
    [InlineData("Clip x zero six a; Div a six y", "Clip Mul")]
    [InlineData("Add x three a; Clip a one six b; Div six b y", "Add Clip Div")]
    [InlineData("Add x three a; Clip a zero six b; Mul b b c; Div c six y", "Add Clip Mul Mul")]
    [InlineData("Add x tall a; Clip a zero six b; Mul x b c; Div c six y", "Add Clip Mul Mul")]
    public void What_is_another_function_stays(string pieces, string expected) => Assert.Equal(expected, Prepared(pieces, opset: 14));

    [Theory]
    [InlineData("a")]
    [InlineData("c")]
    public void What_another_reads_or_is_an_output_stays(string piece)
    {
        var read = Pieces("Add x three a; Clip a zero six b; Mul x b c; Div c six d", 14).Node("Tanh", [piece], "e").Node("Add", ["d", "e"], "y").Output("y");
        var given = Pieces("Add x three a; Clip a zero six b; Mul x b c; Div c six y", 14).Output("y").Output(piece);

        Assert.DoesNotContain("HardSwish", Check.Operators(Check.Prepared(read)), StringComparison.Ordinal);
        Assert.DoesNotContain("HardSwish", Check.Operators(Check.Prepared(given)), StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_right_behind_a_layer_that_takes_them_stay_with_it()
    {
        var model = new ModelBuilder(14).Input("x", 1, 3, 5, 5).Floats("three", [], 3).Floats("zero", [], 0).Floats("six", [], 6)
            .Random("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], "c").Node("Add", ["c", "three"], "a").Node("Clip", ["a", "zero", "six"], "b")
            .Node("Div", ["b", "six"], "y").Output("y", 1, 4, 3, 3);

        Assert.Equal("Conv Clip Mul", Check.Operators(Check.Prepared(model)));
    }

    private static string Prepared(string pieces, long opset)
    {
        var builder = Pieces(pieces, opset).Output("y");
        var prepared = Check.Prepared(builder);
        Assert.InRange(Run.LargestDifference(builder.Build(), prepared, Run.RandomInputs(builder.Build(), low: -5, high: 5)), 0, 1e-6);
        return Check.Operators(prepared);
    }

    /// <summary>Operators, each with its inputs and its output; before opset 11 a Clip has its bounds as attributes.</summary>
    private static ModelBuilder Pieces(string pieces, long opset)
    {
        var constants = new Dictionary<string, float>
        {
            ["zero"] = 0,
            ["half"] = 0.5f,
            ["one"] = 1,
            ["three"] = 3,
            ["six"] = 6,
            ["minus"] = -3,
            ["negative"] = -1,
            ["sixth"] = 1 / 6f,
            ["digits"] = 0.1666667f,
            ["fifth"] = 0.2f,
        };
        var model = new ModelBuilder(opset).Input("x", 4, 33).Floats("tall", [1, 1, 1], 3);
        foreach (var (name, value) in constants)
            model.Floats(name, name.Length % 2 == 0 ? [] : [1], value);
        foreach (var piece in pieces.Split("; ").Select(piece => piece.Split(' ')))
        {
            if (piece[0] != "Clip")
                model.Node(piece[0], piece[1..^1], piece[^1]);
            else if (opset >= 11)
                model.Floats(piece[^1] + "_low", [], constants[piece[2]]).Floats(piece[^1] + "_high", [], constants[piece[3]])
                    .Node("Clip", [piece[1], piece[^1] + "_low", piece[^1] + "_high"], piece[^1]);
            else
                model.Node("Clip", [piece[1]], piece[^1], node => { node.SetFloat("min", constants[piece[2]]); node.SetFloat("max", constants[piece[3]]); });
        }

        return model;
    }
}
