namespace QuantFunctional.Checking;

/// <summary>QLinearMul on each processor, as the checker knows it.</summary>
internal static class OwnProducts
{
    internal static Func<int, int, int> Of(OperatorArithmetic arithmetic, Storage a, Storage b, Storage c)
    {
        var factor = a.Step * b.Step / c.Step;
        if (arithmetic.IsOnnxRuntimeX64Fma || arithmetic.IsOnnxRuntimeX64)
            return (x, y) => OwnStorage.Round(c, (Whole(a, b, x, y) * factor) + c.ZeroPoint);
        if (arithmetic.IsOnnxRuntimeArm64)
            return (x, y) => OwnStorage.Round(c, MathF.FusedMultiplyAdd(Whole(a, b, x, y), factor, c.ZeroPoint));
        return arithmetic.IsUnfused
            ? (x, y) => OwnStorage.RoundThenMove(c, Real(a, b, x, y) / c.Step)
            : (x, y) => OwnStorage.MoveThenRound(c, OwnStorage.Held(c, Real(a, b, x, y) / c.Step));
    }

    private static float Whole(Storage a, Storage b, int x, int y) => (x - a.ZeroPoint) * (y - b.ZeroPoint);

    private static float Real(Storage a, Storage b, int x, int y) => OwnStorage.Real(a, x) * OwnStorage.Real(b, y);
}
