using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Documents;

/// <summary>Documents whose texts are none, which a parser of JSON takes as they are: each refused with its place.</summary>
public sealed class BrokenTextTests
{
    private static readonly PlanDocument Document = new()
    {
        Model = "m.onnx",
        Layers = [new NamedPlan("layer", null, RandomLayers.Plans(seed: 25, count: 1).Single())],
    };

    private static readonly (string Kind, Action<string> Write, Func<string, object> Read)[] Readers =
    [
        ("plan", path => PlanFile.Write(path, Document), PlanFile.Read),
        ("layers of a plan", path => PlanFile.Write(path, Document), PlanFile.ReadLayers),
        ("profile", path => ProfileFile.Write(path, Profiles.OnnxRuntime), ProfileFile.Read),
        ("certificate", path => CertificateFile.Write(path, Document.Certify()), CertificateFile.Read),
    ];

    /// <summary>What is replaced, by which bytes (one a character), and words of the refusal.</summary>
    public static TheoryData<string, string, string> Broken { get; } = new()
    {
        { "\"quantfunctional-", "\"quantfunctional\u00ff-", "not UTF-8 (line 2, byte 29)" }, // within a text
        { "\"version\"", "\"ver\u00c3sion\"", "not UTF-8 (line 3, byte 7)" }, // within a name
        { ": 2,", ": \u00e2\u0082,", "not UTF-8 (line 3, byte 14)" }, // within a number
        { "\"quantfunctional-", "\"quantfunctional-\u00ed\u00a0\u0080", "not UTF-8 (line 2" }, // half a character in three bytes
        { "\"quantfunctional-", "\"\\ud800quantfunctional-", "half a character" },
        { "\"quantfunctional-", "\"\\udc00\\ud800quantfunctional-", "half a character" },
        { "\"version\"", "\"ver\\udfffsion\"", "half a character" },
        { "\"version\"", "\"\\ud800\": 1, \"\\ud800\": 1, \"version\"", "half a character" },
        { ": 2,", ": 1e99999999999999999999,", "version" },
        { ": 2,", ": -1e-99999999999999999999,", "version" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void P15_what_is_no_text_is_refused_with_its_place(string found, string instead, string words)
    {
        foreach (var (_, write, read) in Readers)
        {
            var message = Refused(write, read, text => Once(text, found, instead));
            Assert.Contains(words, message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"low\": ")]
    [InlineData("\"zeroPoint\": ")]
    [InlineData("\"shift\": [")]
    public void Numbers_that_no_type_holds_are_refused_by_their_field(string field)
    {
        var (_, write, read) = Readers[0];
        foreach (var number in new[] { "1e99999999999999999999", "-1e400", new string('9', 400) })
        {
            var message = Refused(write, read, text => Once(text, field, field + number + ", \"rest\": "));
            Assert.True(
                message.Contains("is needed", StringComparison.Ordinal) || message.Contains("not JSON", StringComparison.Ordinal),
                message);
        }
    }

    [Fact]
    public void A_whole_number_as_text_ends_with_its_digits()
    {
        var (_, write, read) = Readers[3];
        var message = Refused(write, read, text =>
        {
            var start = text.IndexOf("\"smallest\": [", StringComparison.Ordinal) + "\"smallest\": [".Length;
            return text[..start] + "\"12\\n\", " + text[start..];
        });
        Assert.Contains("a whole number, or a text of its digits", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_every_script_are_read_as_they_were_written()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        var named = Document with { Model = "módèl \"層\" 🙂\n.onnx" };
        PlanFile.Write(path, named);
        Assert.Equal(named, PlanFile.Read(path));
        File.WriteAllText(path, File.ReadAllText(path).Replace("🙂", "\\ud83d\\ude42", StringComparison.Ordinal));
        Assert.Equal(named, PlanFile.Read(path));
    }

    private static string Once(string text, string found, string instead)
    {
        var at = text.IndexOf(found, StringComparison.Ordinal);
        Assert.True(at >= 0, found);
        return text[..at] + instead + text[(at + found.Length)..];
    }

    private static string Refused(Action<string> write, Func<string, object> read, Func<string, string> damage)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("document.json");
        write(path);
        File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(damage(System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path)))));
        var message = Check.Refusal(() => read(path));
        Assert.StartsWith($"{path}: ", message, StringComparison.Ordinal);
        return message;
    }
}
