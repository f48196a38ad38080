using System.Text.RegularExpressions;
using System.Xml.Linq;
using QuantFunctional;
using QuantFunctional.Images;
using QuantFunctional.Onnx;
using QuantFunctional.Report;
using QuantFunctional.Testing;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.House;

/// <summary>What the documentation in the packages says means something to who has nothing but the package.</summary>
public sealed class ShippedDocsTests
{
    public static TheoryData<Type> Libraries =>
        [typeof(Layer), typeof(Planner), typeof(OnnxQuantizer), typeof(ImageSamples), typeof(HtmlReport), typeof(KernelCheck)];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void No_comment_speaks_of_what_only_the_repository_knows(Type inside)
    {
        var comments = XDocument.Load(Path.ChangeExtension(inside.Assembly.Location, ".xml"))
            .Descendants("member").Select(member => member.Value).ToList();
        Assert.NotEmpty(comments);
        Assert.DoesNotContain(comments, text => Regex.IsMatch(text, @"SPEC\b|\bP\d\d\b|\bORT\.md|golden/|\bissue \d"));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Every_document_that_a_comment_names_is_there(Type inside)
    {
        var named = Regex.Matches(
            File.ReadAllText(Path.ChangeExtension(inside.Assembly.Location, ".xml")), @"docs/[\w/-]+\.md");
        Assert.All(named, match => Assert.True(File.Exists(Path.Combine(Shared.Repository, match.Value)), match.Value));
    }
}
