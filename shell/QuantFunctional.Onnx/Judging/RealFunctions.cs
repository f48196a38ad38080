using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.FSharp.Exponential;

namespace QuantFunctional.Onnx.Judging;

/// <summary>Operators that are a function of one real number, computed from operations that every machine does alike.</summary>
internal static class RealFunctions
{
    private const double HalfPi = 1.57079632679489661923;

    // beyond it e^x is 0 or more than any float32
    private const double ExpReach = 700;

    /// <summary>The operators that are such functions.</summary>
    internal static readonly IReadOnlySet<string> Operators = new SortedSet<string>(StringComparer.Ordinal)
    {
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor",
        "Gelu", "HardSigmoid", "HardSwish", "Log", "Mish", "Neg", "Pow", "Reciprocal", "Round", "Selu", "Shrink", "Sign", "Sin", "Sinh",
        "Softplus", "Softsign", "Sqrt", "Tan", "Tanh", "ThresholdedRelu",
    };

    /// <summary>Those of which float32 gives the same on every processor, since they are a single exact operation.</summary>
    private static readonly HashSet<string> Exact = ["Abs", "Ceil", "Floor", "Neg", "Round", "Sign", "ThresholdedRelu"];

    /// <summary>Whether float32 gives the same on every processor.</summary>
    internal static bool IsExact(NodeProto node) => Exact.Contains(node.OpType);

    /// <summary>The function that a node is; null where it is none, or hangs on more than constants.</summary>
    internal static Func<double, double>? Of(NodeProto node, GraphIndex index)
    {
        if (!NodeAttributes.IsDefaultDomain(node.Domain) || !Operators.Contains(node.OpType))
            return null;
        double Number(string name, float byDefault) => node.GetFloat(name, byDefault);
        var (alpha, gamma) = (Number("alpha", node.OpType switch { "Selu" => 1.67326319217681884765625f, "HardSigmoid" => 0.2f, _ => 1 }), Number("gamma", 1.05070102214813232421875f));
        var (beta, bias, edge) = (Number("beta", 0.5f), Number("bias", 0), Number("lambd", 0.5f));
        return node.OpType switch
        {
            "Abs" => Math.Abs,
            "Acos" => x => HalfPi - Arcsine(x),
            "Acosh" => x => Logarithm(x + Math.Sqrt((x * x) - 1)),
            "Asin" => Arcsine,
            "Asinh" => x => Math.Sign(x) * Logarithm(Math.Abs(x) + Math.Sqrt((x * x) + 1)),
            "Atan" => Arctangent,
            "Atanh" => x => Logarithm((1 + x) / (1 - x)) / 2,
            "Ceil" => Math.Ceiling,
            "Celu" => x => Math.Max(0, x) + Math.Min(0, alpha * (Power(x / alpha) - 1)),
            "Cos" => x => Circle(x).Cosine,
            "Cosh" => x => (Power(x) + Power(-x)) / 2,
            "Elu" => x => x >= 0 ? x : alpha * (Power(x) - 1),
            "Erf" => ErrorFunction,
            "Exp" => Power,
            "Floor" => Math.Floor,
            "Gelu" => node.GetString("approximate", "none") == "tanh"
                ? x => x / 2 * (1 + Tangent(Math.Sqrt(1 / HalfPi) * (x + (0.044715 * x * x * x))))
                : x => x / 2 * (1 + ErrorFunction(x / Math.Sqrt(2))),
            "HardSigmoid" => x => Math.Clamp((alpha * x) + beta, 0, 1),
            "HardSwish" => x => x * Math.Clamp((x / 6) + 0.5, 0, 1),
            "Log" => Logarithm,
            "Mish" => x => x * Tangent(Softplus(x)),
            "Neg" => x => -x,
            "Pow" => Exponent(node, index) is { } exponent ? x => Raised(x, exponent) : null,
            "Reciprocal" => x => 1 / x,
            "Round" => x => Math.Round(x, MidpointRounding.ToEven),
            "Selu" => x => gamma * (x > 0 ? x : alpha * (Power(x) - 1)),
            "Shrink" => x => x < -edge ? x + bias : x > edge ? x - bias : 0,
            "Sign" => x => Math.Sign(x),
            "Sin" => x => Circle(x).Sine,
            "Sinh" => x => (Power(x) - Power(-x)) / 2,
            "Softplus" => Softplus,
            "Softsign" => x => x / (1 + Math.Abs(x)),
            "Sqrt" => Math.Sqrt,
            "Tan" => x => Circle(x) is var (sine, cosine) ? sine / cosine : 0,
            "Tanh" => Tangent,
            "ThresholdedRelu" => x => x > alpha ? x : 0,
            _ => null,
        };
    }

    /// <summary>1 / (1 + e^(−x)).</summary>
    internal static double Sigmoid(double x) => 1 / (1 + Power(-x));

    private static double? Exponent(NodeProto node, GraphIndex index) =>
        index.Initializer(node.InputOrEmpty(1)) is { } tensor && TensorData.IsReal(tensor) && TensorData.Floats(tensor) is [var value]
            ? value
            : null;

    private static double Power(double x) => exp(Math.Clamp(x, -ExpReach, ExpReach));

    private static double Logarithm(double x) => x > 0 && double.IsFinite(x) ? ln(x) : x == 0 ? double.NegativeInfinity : double.NaN;

    private static double Softplus(double x) => Math.Max(x, 0) + Logarithm(1 + Power(-Math.Abs(x)));

    private static double Tangent(double x) => 1 - (2 / (Power(2 * x) + 1));

    private static double Raised(double x, double exponent)
    {
        if (exponent != Math.Floor(exponent) || Math.Abs(exponent) > 16)
            return x == 0 && exponent > 0 ? 0 : Power(exponent * Logarithm(x));
        var product = 1.0;
        for (var i = 0; i < Math.Abs(exponent); i++)
            product *= x;
        return exponent < 0 ? 1 / product : product;
    }

    /// <summary>2/√π · e^(−x²) · (x + 2x³/3 + 4x⁵/15 + …), of which all terms have one sign.</summary>
    private static double ErrorFunction(double x)
    {
        if (Math.Abs(x) > 6)
            return Math.Sign(x);
        var (sum, term) = (0.0, x);
        for (var n = 0; n < 200; n++)
        {
            sum += term;
            term *= 2 * x * x / ((2 * n) + 3);
        }

        return 2 / Math.Sqrt(2 * HalfPi) * Power(-x * x) * sum;
    }

    /// <summary>By halving the angle three times, so that the series has few terms.</summary>
    private static double Arctangent(double x)
    {
        for (var i = 0; i < 3; i++)
            x /= 1 + Math.Sqrt(1 + (x * x));
        var (sum, power) = (0.0, x);
        for (var n = 1; n < 40; n += 2)
        {
            sum += power / (n % 4 == 1 ? n : -n);
            power *= x * x;
        }

        return 8 * sum;
    }

    private static double Arcsine(double x) =>
        Math.Abs(x) > 1 ? double.NaN : Math.Abs(x) == 1 ? x * HalfPi : Arctangent(x / Math.Sqrt(1 - (x * x)));

    private static (double Sine, double Cosine) Circle(double x)
    {
        // what is left of π/2 after its double
        const double rest = 6.123233995736766e-17;
        var quarters = Math.Round(x / HalfPi);
        var angle = (x - (quarters * HalfPi)) - (quarters * rest);
        var (sine, cosine, power) = (0.0, 0.0, 1.0);
        for (var n = 0; n < 24; n++)
        {
            if (n % 2 == 0)
                cosine += n % 4 == 0 ? power : -power;
            else
                sine += n % 4 == 1 ? power : -power;
            power *= angle / (n + 1);
        }

        return ((((long)quarters % 4) + 4) % 4) switch
        {
            0 => (sine, cosine),
            1 => (cosine, -sine),
            2 => (-sine, -cosine),
            _ => (-cosine, sine),
        };
    }
}
