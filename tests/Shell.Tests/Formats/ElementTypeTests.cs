using QuantFunctional.Formats;
using Xunit;

namespace Shell.Tests.Formats;

public class ElementTypeTests
{
    [Fact]
    public void Each_type_has_NumPy_s_name_its_size_and_its_code()
    {
        foreach (var type in Enum.GetValues<ElementType>())
        {
            var name = type.ToString().ToLowerInvariant();
            var bits = name.Where(char.IsAsciiDigit).ToArray();
            var bytes = bits.Length == 0 ? 1 : int.Parse(bits) / 8;
            Assert.Equal(name, type.Name());
            Assert.Equal(bytes, type.Size());
            Assert.Equal(name.StartsWith("float", StringComparison.Ordinal), type.IsFloat());
            Assert.Equal($"{name[0]}{bytes}", type.Code());
            Assert.Equal(type, ElementTypes.FromCode(type.Code()));
        }
    }

    [Fact]
    public void What_is_no_element_has_no_type()
    {
        Assert.Null(ElementTypes.FromCode("c8"));
        Assert.Null(ElementTypes.FromClr(typeof(string)));
        Assert.Equal(ElementType.Float16, ElementTypes.FromClr(typeof(Half)));
    }
}
