using System.Text.RegularExpressions;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.House;

/// <summary>Folders of the libraries depend one way only: each on those before it.</summary>
public sealed class RoomsTests
{
    [Theory]
    [InlineData("QuantFunctional", "Contract Formats Documents Checking Steps Vectors")]
    [InlineData(
        "QuantFunctional.Onnx",
        "Contract Model Samples Preparation Reading Judging Observation Planning Writing Products Execution Comparison Refinement Reporting "
        + "Repair WeightQuantization")]
    public void Rooms_depend_on_earlier_ones_alone(string library, string order)
    {
        string[] rooms = order.Split(' ');
        var folder = Path.Combine(Shared.Repository, "shell", library);
        var files = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Room: RoomOf(folder, file), Name: Path.GetRelativePath(folder, file), Text: Code(file)))
            .Where(file => file.Room is not ("bin" or "obj"))
            .ToList();
        Assert.Equal(rooms.Order(), files.Select(file => file.Room).Where(room => room.Length > 0).Distinct().Order());

        var declared = files
            .SelectMany(file => Regex.Matches(file.Text, Declaration, RegexOptions.Multiline)
                .Select(found => (Type: found.Groups[1].Value, Place: Place(file.Room))))
            .GroupBy(found => found.Type)
            .ToDictionary(type => type.Key, type => type.Min(found => found.Place));
        var backward = files.Where(file => file.Room.Length > 0).SelectMany(file =>
            Regex.Matches(file.Text, $@"using QuantFunctional\.(?:Onnx\.)?({string.Join('|', rooms)})(?=[.;])")
                .Where(used => Place(used.Groups[1].Value) > Place(file.Room))
                .Select(used => $"{file.Name}: {used.Value}")
                .Concat(Regex.Matches(file.Text, @"(?<![.\w])[A-Z]\w+(?=[ .?>\])])(?! \{ get| => )")
                    .Select(word => word.Value)
                    .Distinct()
                    .Where(word => declared.TryGetValue(word, out var place) && place > Place(file.Room))
                    .Select(word => $"{file.Name}: {word}")));
        var found = string.Join('\n', backward);
        Assert.True(found.Length == 0, found);

        // what lies in no room is on top of all
        int Place(string room) => room.Length == 0 ? rooms.Length : Array.IndexOf(rooms, room);
    }

    // public ones alone: their namespace does not say in which room they are
    private const string Declaration =
        @"^public (?:static |sealed |abstract |readonly )*(?:class|struct|interface|enum|record struct|record) (\w+)";

    private static string RoomOf(string folder, string file)
    {
        var parts = Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar);
        return parts.Length == 1 ? "" : parts[0];
    }

    private static string Code(string file) =>
        Regex.Replace(Regex.Replace(File.ReadAllText(file), @"//.*", ""), @"""(?:[^""\\\n]|\\.)*""", "");
}
