using System.Globalization;

namespace QuantFunctional.Formats;

/// <summary>The dictionary in the header of a .npy file: three fields, written as Python writes them.</summary>
/// <remarks>
/// Only what NumPy's format description allows is read: no expressions, no escapes, no further fields.
/// </remarks>
internal sealed record NpyDictionary(string Descr, bool FortranOrder, IReadOnlyList<long> Shape)
{
    /// <exception cref="FormatException">The text is not such a dictionary; the message says where.</exception>
    public static NpyDictionary Parse(string text) => new Parser(text).Dictionary();

    private sealed class Parser(string text)
    {
        private const int MaxRank = 64;
        private int _at;

        public NpyDictionary Dictionary()
        {
            string? descr = null;
            bool? fortranOrder = null;
            List<long>? shape = null;
            Expect('{');
            while (!TryTake('}'))
            {
                var key = QuotedText();
                Expect(':');
                switch (key)
                {
                    case "descr" when descr is null:
                        descr = Descr();
                        break;
                    case "fortran_order" when fortranOrder is null:
                        fortranOrder = Truth();
                        break;
                    case "shape" when shape is null:
                        shape = Shape();
                        break;
                    default:
                        throw Fault($"an unknown or repeated field `{key}`");
                }

                if (!TryTake(','))
                {
                    Expect('}');
                    break;
                }
            }

            SkipSpace();
            if (_at != text.Length)
                throw Fault("text after the closing brace");
            return new NpyDictionary(
                descr ?? throw Fault("no field `descr`"),
                fortranOrder ?? throw Fault("no field `fortran_order`"),
                shape ?? throw Fault("no field `shape`"));
        }

        // A structured type is a list: kept as text, so that the refusal can show it
        private string Descr()
        {
            SkipSpace();
            if (Peek() is not '[')
                return QuotedText();
            var start = _at;
            var depth = 0;
            do
            {
                var c = Peek() ?? throw Fault("a list without its end");
                depth += c == '[' ? 1 : c == ']' ? -1 : 0;
                _at++;
            } while (depth > 0);
            return text[start.._at];
        }

        private bool Truth()
        {
            SkipSpace();
            foreach (var (word, value) in (ReadOnlySpan<(string, bool)>)[("True", true), ("False", false)])
            {
                if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0)
                    continue;
                _at += word.Length;
                return value;
            }

            throw Fault("neither True nor False");
        }

        private List<long> Shape()
        {
            var shape = new List<long>();
            Expect('(');
            while (!TryTake(')'))
            {
                shape.Add(Length());
                if (shape.Count > MaxRank)
                    throw Fault("more than 64 axes");
                if (TryTake(','))
                    continue;
                if (shape.Count == 1)
                    throw Fault("a shape that is no tuple");
                Expect(')');
                break;
            }

            return shape;
        }

        private long Length()
        {
            SkipSpace();
            var start = _at;
            while (Peek() is >= '0' and <= '9')
                _at++;
            var digits = text.AsSpan(start, _at - start);
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                throw Fault(digits.IsEmpty ? "no length of an axis" : "a length that no file can hold");
            if (Peek() is 'L') // as Python 2 wrote long integers
                _at++;
            return length;
        }

        private string QuotedText()
        {
            SkipSpace();
            if (Peek() is not ('\'' or '"'))
                throw Fault("no quoted text");
            var quote = text[_at++];
            var end = text.IndexOf(quote, _at);
            if (end < 0)
                throw Fault("a text without its end");
            var value = text[_at..end];
            if (value.Contains('\\'))
                throw Fault("a backslash");
            _at = end + 1;
            return value;
        }

        private void Expect(char c)
        {
            if (!TryTake(c))
                throw Fault($"no `{c}`");
        }

        private bool TryTake(char c)
        {
            SkipSpace();
            if (Peek() != c)
                return false;
            _at++;
            return true;
        }

        private void SkipSpace()
        {
            while (Peek() is ' ' or '\n' or '\t' or '\r')
                _at++;
        }

        private char? Peek() => _at < text.Length ? text[_at] : null;

        private FormatException Fault(string found) =>
            new(string.Create(CultureInfo.InvariantCulture, $"{found} at character {_at}"));
    }
}
