using System.Reflection;
using System.Text.RegularExpressions;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Report;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.House;

/// <summary>Habits of the code that a machine can watch.</summary>
public sealed class HouseRulesTests
{
    private const int MostLines = 250;

    private const string Elsewhere = """
        "[Rr]"|:[Rr]\}|"[Gg](17|9)"|:[Gg](17|9)\}|WriteNumberValue[ (](?!\(long\))
        """;

    [Fact]
    public void No_file_is_longer_than_one_idea()
    {
        var tooLong = Sources("core", "shell", "tests", "bench", "samples")
            .Select(file => (Name: Path.GetRelativePath(Shared.Repository, file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > MostLines)
            .ToList();
        Assert.Empty(tooLong);
    }

    // .NET's shortest form of some powers of two means the double below
    [Fact]
    public void One_place_alone_writes_real_numbers_that_are_read_back()
    {
        var others = Sources("core", "shell")
            .Where(file => Path.GetFileName(file) != "RealText.fs")
            .Where(file => Regex.IsMatch(File.ReadAllText(file), Elsewhere.Trim()))
            .Select(file => Path.GetRelativePath(Shared.Repository, file));
        Assert.Empty(others);
    }

    [Fact]
    public void No_public_member_of_the_C_sharp_libraries_shows_a_type_of_FSharp_Core() =>
        Assert.Empty(ShownBy(new[] { typeof(Planner).Assembly, typeof(OnnxQuantizer).Assembly, typeof(HtmlReport).Assembly }
            .SelectMany(assembly => assembly.GetExportedTypes())));

    // what both languages use; the namespace below it is F#'s own
    [Fact]
    public void No_member_of_the_core_s_types_shows_a_type_of_FSharp_Core() =>
        Assert.Empty(ShownBy(typeof(Layer).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == typeof(Layer).Namespace)));

    private static IEnumerable<string> Sources(params string[] folders) => folders
        .Select(folder => Path.Combine(Shared.Repository, folder))
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories))
        .Where(file => Path.GetExtension(file) is ".cs" or ".fs" or ".fsi" or ".fsx")
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    private static List<(string Member, Type Type)> ShownBy(IEnumerable<Type> types) =>
        [.. types
            .SelectMany(type => Parents(type).Select(parent => (Member: type.FullName!, Type: parent))
                .Concat(type.GetMembers(
                        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                    .SelectMany(member => TypesOf(member)
                        .Select(shown => (Member: $"{member.DeclaringType}.{member.Name}", Type: shown)))))
            .Where(found => Mentions(found.Type, "Microsoft.FSharp"))];

    private static IEnumerable<Type> Parents(Type type) =>
        type.BaseType is { } parent ? type.GetInterfaces().Append(parent) : type.GetInterfaces();

    private static IEnumerable<Type> TypesOf(MemberInfo member) => member switch
    {
        MethodInfo method => method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType),
        ConstructorInfo constructor => constructor.GetParameters().Select(p => p.ParameterType),
        PropertyInfo property => [property.PropertyType],
        FieldInfo field => [field.FieldType],
        _ => [],
    };

    private static bool Mentions(Type type, string name) =>
        type.Namespace?.StartsWith(name, StringComparison.Ordinal) == true
        || (type.IsGenericType && type.GetGenericArguments().Any(argument => Mentions(argument, name)))
        || (type.HasElementType && Mentions(type.GetElementType()!, name));
}
