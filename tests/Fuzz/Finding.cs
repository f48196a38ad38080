using System.Globalization;

namespace QuantFunctional.Fuzz;

/// <summary>Something that a reader did and must not.</summary>
/// <param name="Kind">The exception, or the limit that was passed, with the place in our code.</param>
/// <param name="Example">The first input that showed it, as --replay takes it.</param>
/// <param name="Message">What was said.</param>
/// <param name="Count">How many inputs showed it.</param>
internal sealed record Finding(string Kind, string Example, string Message, long Count)
{
    internal static string IdOf(string reader, long number) => string.Create(CultureInfo.InvariantCulture, $"{reader}:{number}");
}
