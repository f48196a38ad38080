namespace QuantFunctional.Checking;

/// <summary>QLinearAdd on each processor, as the checker knows it.</summary>
internal static class OwnSums
{
    internal static Func<int, int, int> Of(OperatorArithmetic arithmetic, JoinRuns runs, Storage a, Storage b, Storage c)
    {
        if (arithmetic.IsOnnxRuntimeX64Fma)
            return runs.IsFirstRepeats ? (x, y) => Fused(b, a, c, y, x) : (x, y) => Fused(a, b, c, x, y);
        if (arithmetic.IsOnnxRuntimeX64)
            return runs.IsSecondRepeats ? (x, y) => Unfused(b, a, c, y, x) : (x, y) => Unfused(a, b, c, x, y);
        if (arithmetic.IsOnnxRuntimeArm64 && FixedPoint(a, b, c) is { } whole)
            return whole;
        return arithmetic.IsUnfused
            ? (x, y) => OwnStorage.RoundThenMove(c, Real(a, b, x, y) / c.Step)
            : (x, y) => OwnStorage.MoveThenRound(c, OwnStorage.Held(c, Real(a, b, x, y) / c.Step));
    }

    private static float Real(Storage a, Storage b, int x, int y) => OwnStorage.Real(a, x) + OwnStorage.Real(b, y);

    // fused: the last operand comes first, and the first one last
    private static int Fused(Storage a, Storage b, Storage c, int x, int y)
    {
        var (ra, rb) = (a.Step / c.Step, b.Step / c.Step);
        var zeros = MathF.FusedMultiplyAdd(ra, a.ZeroPoint, rb * b.ZeroPoint);
        return OwnStorage.Round(c, MathF.FusedMultiplyAdd(x, ra, MathF.FusedMultiplyAdd(y, rb, c.ZeroPoint - zeros)));
    }

    // each operation by itself: the first operand comes first
    private static int Unfused(Storage a, Storage b, Storage c, int x, int y)
    {
        var (ra, rb) = (a.Step / c.Step, b.Step / c.Step);
        var sum = c.ZeroPoint - ((ra * a.ZeroPoint) + (rb * b.ZeroPoint));
        sum += x * ra;
        sum += y * rb;
        return OwnStorage.Round(c, sum);
    }

    /// <summary>ARM64's multipliers; null where it has none for these steps.</summary>
    private static Func<int, int, int>? FixedPoint(Storage a, Storage b, Storage c)
    {
        double ra = a.Step / c.Step, rb = b.Step / c.Step;
        var (smaller, larger) = (Math.Min(ra, rb), Math.Max(ra, rb));
        if (!(smaller >= 1.0 / 16384 && larger < 256))
            return null;
        var unit = 1.0 / 2097152;
        while (larger / unit >= 4194304)
            unit *= 2;
        while (larger / unit < 2097152)
            unit /= 2;
        var (ma, mb) = (Math.Round(ra / unit), Math.Round(rb / unit));
        // one unit is 2^-shift, and the kernel shifts by 13 to 31
        return unit > 1.0 / 8192 || unit < 1.0 / 2147483648 || Math.Max(ma, mb) >= 4194304
            ? null
            : (x, y) =>
            {
                var steps = ((ma * (x - a.ZeroPoint)) + (mb * (y - b.ZeroPoint))) * unit;
                var rounded = Math.Round(steps, MidpointRounding.AwayFromZero) + c.ZeroPoint;
                return (int)Math.Clamp(rounded, c.Lowest, c.Highest);
            };
    }
}
