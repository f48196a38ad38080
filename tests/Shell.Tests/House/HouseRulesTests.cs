using System.Reflection;
using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.House;

/// <summary>Habits of the code that a machine can watch.</summary>
public sealed class HouseRulesTests
{
    private const int MostLines = 250;

    [Fact]
    public void No_file_is_longer_than_one_idea()
    {
        var tooLong = new[] { "core", "shell", "tests", "bench" }
            .Select(folder => Path.Combine(Shared.Repository, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".fs" or ".fsi")
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Select(file => (Name: Path.GetRelativePath(Shared.Repository, file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > MostLines)
            .ToList();
        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_public_member_of_the_C_sharp_libraries_shows_a_type_of_FSharp_Core()
    {
        var shown = new[] { typeof(Planner).Assembly, typeof(OnnxQuantizer).Assembly }
            .SelectMany(assembly => assembly.GetExportedTypes())
            .SelectMany(type => type.GetMembers(
                BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .SelectMany(member => TypesOf(member)
                .Select(type => (Member: $"{member.DeclaringType}.{member.Name}", Type: type)))
            .Where(found => Mentions(found.Type, "Microsoft.FSharp"))
            .ToList();
        Assert.Empty(shown);
    }

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
