namespace QuantFunctional.Checking;

/// <summary>Stored integers and real numbers, as the checker knows them.</summary>
internal static class OwnStorage
{
    /// <summary>The real number of a stored integer.</summary>
    internal static float Real(Storage storage, int stored) => storage.Step * (stored - storage.ZeroPoint);

    /// <summary>Steps from the zero point, held in the type.</summary>
    internal static float Held(Storage storage, float steps) =>
        MathF.Min(MathF.Max(steps, storage.Lowest - storage.ZeroPoint), storage.Highest - storage.ZeroPoint);

    /// <summary>Steps, zero point included, as an integer of the type.</summary>
    internal static int Round(Storage storage, float steps) =>
        (int)Math.Clamp(Math.Round((double)steps, MidpointRounding.ToEven), storage.Lowest, storage.Highest);

    /// <summary>Steps from the zero point, which is added before they are rounded.</summary>
    internal static int MoveThenRound(Storage storage, float steps) => Round(storage, steps + storage.ZeroPoint);

    /// <summary>Steps from the zero point, which is added after they are rounded.</summary>
    internal static int RoundThenMove(Storage storage, float steps) => (int)Math.Clamp(
        Math.Round((double)steps, MidpointRounding.ToEven) + storage.ZeroPoint, storage.Lowest, storage.Highest);
}
